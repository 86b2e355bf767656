use tower_genai::{
    catalog::{
        Kind,
        import::{Format, NoteKind},
    },
    query::Capability,
};

use super::support::*;

#[test]
fn a_model_with_everything() {
    let imported = read(Format::ModelsDev, MODELS_DEV);
    let large = model(&imported, "acme-large");
    assert_eq!(
        rates(large),
        [
            "audio_input = 32.00",
            "cache_read = 0.125",
            "cache_write_5m = 1.5625",
            "input = 1.25",
            "input at priority = 2.50",
            "input over 200000 = 2.00",
            "input over 272000 = 2.50",
            "output = 10.00",
            "output at priority = 20.00",
            "output over 272000 = 15.00",
            "reasoning = 12.00",
        ]
    );
    assert_eq!(large.provider(), Some("openai"));
    assert_eq!(large.context(), Some(400_000));
    assert_eq!(large.kind(), Some(Kind::Chat));
    for can in [
        Capability::Tools,
        Capability::Vision,
        Capability::JsonSchema,
    ] {
        assert!(large.can().contains(&can), "{can:?}");
    }
    let gone = model(&imported, "acme-gone");
    assert!(gone.is_deprecated() && gone.kind() == Some(Kind::Image));
    assert_eq!(rates(gone), ["cache_read = 0.50"]);
    assert_eq!(gone.doubts().count(), 2, "zero is no price");
    let said = imported.not_understood();
    let keys: Vec<_> = said.into_iter().collect();
    assert_eq!(
        keys,
        [
            ((NoteKind::Unknown, "strange"), 1),
            ((NoteKind::NoWord, "cost.citation"), 1),
            ((NoteKind::Misshapen, ""), 1),
            ((NoteKind::Misshapen, "cost.tiers.tier"), 1),
        ]
    );
}

#[test]
fn formats_are_told_apart() {
    for (format, text) in [
        (Format::LiteLlm, LITELLM),
        (Format::ModelsDev, MODELS_DEV),
        (Format::GenaiPrices, GENAI_PRICES),
    ] {
        assert_eq!(Format::detect(text.as_bytes()), Some(format));
        assert_eq!(format.name().to_lowercase().parse(), Ok(format));
        for other in Format::ALL.into_iter().filter(|other| *other != format) {
            assert!(
                other.read("f", text.as_bytes()).is_err(),
                "{other} {format}"
            );
        }
    }
    for text in ["", "{}", "[]", "3", "{\"data\": [1]}", "[{\"id\": 1}]"] {
        assert_eq!(Format::detect(text.as_bytes()), None, "{text}");
    }
}
