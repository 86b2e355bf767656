use super::*;
use crate::{
    query::{Prompt, Query},
    transcript::Said,
};

async fn verdict(judge: &dyn Judge, one: &str, other: &str) -> Option<f64> {
    let query = Query::of_prompt("auto", Prompt::new("secret question"));
    let (one, other) = (Said::new(one), Said::new(other));
    let comparison = Comparison::new(&query, &one, &other);
    assert!(!format!("{comparison:?}").contains("secret"));
    let there = judge.judge(&comparison).await;
    let turned = Comparison::new(&query, &other, &one);
    assert_eq!(there, judge.judge(&turned).await, "whichever comes first");
    there.map(Verdict::agreement)
}

#[tokio::test]
async fn exact() {
    let judge = Exact::new();
    for (one, other, agreement) in [
        (" Yes\n", "yes", Some(1.0)),
        ("GRÜSSE", "grüsse", Some(1.0)),
        ("yes", "yes.", Some(0.0)),
        ("yes", "", Some(0.0)),
        ("", " ", None),
    ] {
        assert_eq!(
            verdict(&judge, one, other).await,
            agreement,
            "{one} {other}"
        );
    }
}

#[tokio::test]
async fn json_by_value() {
    let judge = Json::new();
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    for (one, other, agreement) in [
        (
            r#"{"a":1,"b":[true,null]}"#,
            " {\"b\": [true, null], \"a\": 1.0}\n",
            Some(1.0),
        ),
        ("1e2", "100", Some(1.0)),
        ("9007199254740993", "9007199254740992", Some(0.0)),
        ("[1,2]", "[2,1]", Some(0.0)),
        (r#"{"a":1}"#, r#"{"a":1,"b":2}"#, Some(0.0)),
        (r#""1""#, "1", Some(0.0)),
        ("{}", "no JSON", Some(0.0)),
        ("no JSON", "neither", None),
        (&deep(10_000), &deep(10_000), None),
    ] {
        assert_eq!(verdict(&judge, one, other).await, agreement, "{one:.40}");
    }
}

#[tokio::test]
async fn numbers() {
    let exact = Number::new();
    for (one, other, agreement) in [
        ("6 x 7 is 42.", "**42**", Some(1.0)),
        ("It is 1,234.50 EUR", "1234.5", Some(1.0)),
        ("-3", "3", Some(0.0)),
        ("\u{2212}3", "-3.0", Some(1.0)),
        ("5-3", "3", Some(1.0)),
        ("1.5e-7", "0.00000015", Some(1.0)),
        ("1e3", "1000", Some(1.0)),
        ("chapter3", "3", Some(1.0)),
        ("42", "43", Some(0.0)),
        ("42", "none", Some(0.0)),
        ("none", "neither", None),
    ] {
        assert_eq!(
            verdict(&exact, one, other).await,
            agreement,
            "{one} {other}"
        );
    }
    let about = Number::new().tolerance(0.1);
    assert_eq!(verdict(&about, "91", "100").await, Some(1.0));
    assert_eq!(verdict(&about, "89", "100").await, Some(0.0));
    assert_eq!(number::last(&"9".repeat(1_000)), None);
}

#[tokio::test]
async fn labels() {
    let judge = Label::new(["spam", "no spam", "Größe", "c++", ""]);
    for (one, other, agreement) in [
        ("Spam.", "it is SPAM", Some(1.0)),
        ("no spam", "spam", Some(0.0)),
        ("not spammy: no spam", "No spam!", Some(1.0)),
        ("größe", "Größen: spam, größe", Some(0.0)),
        ("C++, not spam", "c++", Some(1.0)),
        ("spam", "nothing", Some(0.0)),
        ("nothing", "neither", None),
    ] {
        assert_eq!(
            verdict(&judge, one, other).await,
            agreement,
            "{one} {other}"
        );
    }
}

#[tokio::test]
async fn words_that_are_shared() {
    let judge = TextOverlap::new();
    for (one, other, agreement) in [
        ("The cat sat.", "the CAT -- sat", Some(1.0)),
        ("a b c d", "a b x y", Some(0.5)),
        ("a a a", "a", Some(0.5)),
        ("猫が好き", "猫が嫌い", Some(0.5)),
        ("GPT模型", "gpt 模型", Some(1.0)),
        ("a", "b", Some(0.0)),
        ("a", "", Some(0.0)),
        ("", "...", None),
    ] {
        assert_eq!(
            verdict(&judge, one, other).await,
            agreement,
            "{one} {other}"
        );
    }
}

#[tokio::test]
async fn a_model_s_number_is_read_from_its_words() {
    for (answer, number) in [
        ("0.8", Some(0.8)),
        ("**1**", Some(1.0)),
        ("I say 0.25.", Some(0.25)),
        ("1.0", Some(1.0)),
        ("7", None),
        ("-1", None),
        ("0.5.5", None),
        ("they agree", None),
        ("", None),
    ] {
        assert_eq!(model::number(answer), number, "{answer}");
    }
    // Nobody can be asked here.
    assert_eq!(verdict(&Model::new("m"), "a", "a").await, None);
}

#[test]
fn what_is_agreed_lies_between_0_and_1() {
    for (given, agreement) in [(0.5, 0.5), (-1.0, 0.0), (7.0, 1.0), (f64::NAN, 0.0)] {
        assert_eq!(Verdict::new(given).agreement(), agreement);
    }
}
