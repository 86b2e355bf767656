use crate::classify::heuristics::{
    index::INDEX,
    rule::{Kind, LANGUAGES, Language},
    scan::Scan,
};

/// The language whose common words stand in the text most often, if any do.
pub(super) fn spoken(scan: &Scan) -> Option<Language> {
    let mut by_language = [0.0_f32; LANGUAGES];
    for rule in INDEX.of_kind(Kind::Language) {
        let rule = usize::from(*rule);
        if let Some(sum) = by_language.get_mut(INDEX.languages[rule] as usize) {
            *sum += scan.hits[rule];
        }
    }
    let languages = [
        Language::English,
        Language::German,
        Language::French,
        Language::Spanish,
        Language::Portuguese,
        Language::Italian,
    ];
    let mut best = (None, 0.0);
    for (language, hits) in languages.into_iter().zip(by_language) {
        if hits > best.1 {
            best = (Some(language), hits);
        }
    }
    best.0
}
