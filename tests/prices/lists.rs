//! The real lists, where they lie beside the project.

use std::collections::BTreeMap;

use tower_genai::catalog::{
    Catalog,
    import::{Format, ModelState, NoteKind, Review, RowState},
};

use super::support::*;

#[test]
fn nearly_all_of_every_list_is_understood() {
    for (format, path) in REAL {
        let Some(bytes) = real(path) else { continue };
        assert_eq!(Format::detect(&bytes), Some(format), "{path}");
        let imported = format.read(path, &bytes).unwrap();
        let mut kinds: BTreeMap<NoteKind, usize> = BTreeMap::new();
        for note in imported.notes() {
            *kinds.entry(note.kind()).or_default() += 1;
        }
        let ours = imported.models().iter().filter(|m| m.provider().is_some());
        println!(
            "{path}: {} models, {} of providers that we know; {} values understood, {} prices exact, {} rounded, {} \
             none; {kinds:?}",
            imported.models().len(),
            ours.count(),
            imported.understood(),
            imported.exact(),
            imported.rounded(),
            imported.doubtful(),
        );
        assert_eq!(imported.notes_left_off(), 0);
        let not = imported.not_understood().values().sum::<usize>();
        assert!(not * 100 < imported.understood(), "{path}: {not} values");
        let priced = imported.exact() + imported.rounded();
        assert!(imported.rounded() * 50 < priced, "{path}");
        assert!(priced > 1_000 && imported.models().len() > 500, "{path}");
        // Every note names a line of the file that is there.
        let lines = bytes.iter().filter(|b| **b == b'\n').count() + 1;
        for note in imported.notes() {
            assert!((1..=lines).contains(&(note.line() as usize)), "{note}");
        }
    }
}

/// Where the built-in catalog and the lists differ. Lists that are months old are not ones to follow: what is asserted
/// is that nothing the newest says is disbelieved, and that what all say is the same.
#[test]
fn the_builtin_catalog_against_every_list() {
    let catalog = Catalog::builtin();
    let snapshot = catalog.snapshot();
    for (format, path) in REAL {
        let Some(bytes) = real(path) else { continue };
        let imported = format.read(path, &bytes).unwrap();
        let review = Review::new(&snapshot, &imported, &rules());
        println!("== {path}: {:?}", review.totals());
        for model in review.models() {
            for row in model.rows() {
                if !matches!(row.state(), RowState::Unchanged | RowState::Missing) {
                    println!(
                        "{}: {} {} -> {}: {} {:?}",
                        model.name(),
                        row.slot(),
                        row.old()
                            .map_or("-".to_owned(), |amount| amount.to_string()),
                        row.new_amount()
                            .map_or("-".to_owned(), |amount| amount.to_string()),
                        row.state().as_str(),
                        row.state().doubts()
                    );
                }
            }
        }
        let found = review
            .models()
            .iter()
            .filter(|model| model.found().is_some());
        assert!(found.count() >= 10, "{path}");
        if format == Format::LiteLlm {
            // The list of the same week.
            for name in [
                "gpt-5.4",
                "gpt-5.2",
                "gpt-4o",
                "claude-opus-4.6",
                "glm-5",
                "deepseek-v4-pro",
            ] {
                let model = review.model(name).unwrap();
                assert_eq!(
                    model.state(),
                    ModelState::Unchanged,
                    "{name}: {:#?}",
                    rows(model)
                );
            }
        }
    }
}
