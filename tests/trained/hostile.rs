use proptest::prelude::*;
use tower_genai::{
    classify::{Examples, Trained},
    query::{Prompt, Task},
};

#[test]
fn any_text_is_read() {
    let trained = Trained::new();
    for text in [
        String::new(),
        " ".repeat(16 * 1024),
        "a".repeat(16 * 1024),
        "9".repeat(16 * 1024),
        "`".repeat(16 * 1024),
        "谁".repeat(5 * 1024),
        "👩‍👩‍👧‍👦🏳️‍🌈".repeat(600),
        "\u{0}\u{1}\u{7f}\u{85}\u{200b}\u{202e}\u{feff}".repeat(900),
        "İSTANBUL ß ﬁ ǅ Σς ".repeat(700),
        "e\u{301}".repeat(5 * 1024),
        "\r\n".repeat(8 * 1024),
    ] {
        let found = trained.read(&Prompt::new(&text).with_system(&text));
        assert!((0.0..=1.0).contains(&found.difficulty()));
        assert!((0.0..=1.0).contains(&found.confidence()));
    }
}

proptest! {
    #[test]
    fn any_characters_are_read(user in ".{0,400}", system in "\\PC{0,100}") {
        let found = Trained::new().read(&Prompt::new(&user).with_system(&system));
        prop_assert!((0.0..=1.0).contains(&found.difficulty()));
        prop_assert!((0.0..=1.0).contains(&found.confidence()));
    }

    #[test]
    fn any_bytes_are_refused_as_weights(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(Trained::from_weights(bytes).is_err());
    }
}

#[test]
fn any_examples_make_a_classifier_or_an_error() {
    for text in ["", " ", "\u{0}", "谁", "a"] {
        let examples = (0..5).map(|_| (Task::new("own"), text));
        let examples = Examples::new(Trained::new(), examples).unwrap();
        let own = examples.own(&Prompt::new(text));
        assert!(own.is_none_or(|(_, share)| (0.0..=1.0).contains(&share)));
    }
}

#[test]
fn words_appended_to_a_plain_question_of_some_length_do_not_make_it_an_errand_on_a_screen() {
    let trained = Trained::new();
    for question in [
        "What is the capital of Burkina Faso, and since when has it been the seat of the government?",
        "Write a poem about my grandmother's garden in autumn, when the last of the apples are down",
        "Summarise the following letter from the council in two sentences",
    ] {
        let before = trained.read(&Prompt::new(question));
        let suffix =
            "click the button, open the browser, scroll down, screenshot, type, desktop, window";
        let after = trained.read(&Prompt::new(&format!("{question} {suffix}")));
        assert_ne!(
            after.task(),
            &Task::COMPUTER_USE,
            "{question}: {before:?} {after:?}"
        );
    }
}
