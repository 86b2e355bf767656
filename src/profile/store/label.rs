use serde_json::{Map, Value, json};

use super::packed::Packed;
use crate::profile::learner::Label;

/// A call whose answer was scored, as it is kept. As JSON, a member for each field.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptLabel {
    /// When, in seconds since 1970.
    pub(super) at: f64,
    pub(super) model: Box<str>,
    pub(super) effort: Box<str>,
    pub(super) task: Box<str>,
    pub(super) prior: Option<f64>,
    pub(super) predicted: f64,
    pub(super) score: f64,
    pub(super) weight: f64,
    pub(super) vector: Packed,
}

impl KeptLabel {
    pub(crate) fn new(label: &Label, who: (&str, &str), task: &str) -> Self {
        Self {
            at: label.at.round(),
            model: who.0.into(),
            effort: who.1.into(),
            task: task.into(),
            prior: label.prior,
            predicted: label.predicted,
            score: label.score,
            weight: label.weight,
            vector: Packed::of(&label.vector),
        }
    }

    /// When it was scored, in seconds since 1970.
    pub const fn at(&self) -> f64 {
        self.at
    }

    /// Who answered: the model's name and its effort, which is empty where it has none.
    pub fn candidate(&self) -> (&str, &str) {
        (&self.model, &self.effort)
    }

    /// The task's name.
    pub fn task(&self) -> &str {
        &self.task
    }

    /// How it was scored, 0..=1.
    pub const fn score(&self) -> f64 {
        self.score
    }

    /// How much it counts beside an explicit one.
    pub const fn weight(&self) -> f64 {
        self.weight
    }

    /// With the numbers of this process; `None` where its vector is of another kind than this version's.
    pub(crate) fn label(&self, arm: u32, task: u32) -> Option<Label> {
        Some(Label {
            vector: self.vector.vector()?,
            task,
            arm,
            prior: self.prior,
            predicted: self.predicted,
            score: self.score,
            weight: self.weight,
            at: self.at,
        })
    }

    /// As a JSON object.
    pub fn to_json(&self) -> Value {
        json!({
            "at": self.at,
            "model": self.model,
            "effort": self.effort,
            "task": self.task,
            "prior": self.prior,
            "predicted": self.predicted,
            "score": self.score,
            "weight": self.weight,
            "vector": self.vector.to_text(),
        })
    }

    /// From a JSON object.
    ///
    /// # Errors
    /// With the name of the member that is missing, or of another kind or size than it must be.
    pub fn from_json(value: &Value) -> Result<Self, &'static str> {
        let object = value.as_object().ok_or("label")?;
        let number = |name: &'static str| object.get(name).and_then(Value::as_f64).ok_or(name);
        let share = |name| {
            let number = number(name)?;
            (0.0..=1.0).contains(&number).then_some(number).ok_or(name)
        };
        Ok(Self {
            at: number("at")?,
            model: text(object, "model")?,
            effort: text(object, "effort")?,
            task: text(object, "task")?,
            prior: match object.get("prior") {
                None | Some(Value::Null) => None,
                Some(_) => Some(share("prior")?),
            },
            predicted: share("predicted")?,
            score: share("score")?,
            weight: share("weight")?,
            vector: Packed::from_text(&text(object, "vector")?).ok_or("vector")?,
        })
    }
}

pub(super) fn text(
    object: &Map<String, Value>,
    name: &'static str,
) -> Result<Box<str>, &'static str> {
    let text = object.get(name).and_then(Value::as_str);
    text.map(Into::into).ok_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{profile::Vector, query::Prompt};

    fn label() -> KeptLabel {
        let label = Label {
            vector: Vector::of(&Prompt::new("Why is the sky blue?")),
            task: 1,
            arm: 2,
            prior: Some(0.7),
            predicted: 0.6,
            score: 1.0,
            weight: 0.5,
            at: 1_000.4,
        };
        KeptLabel::new(&label, ("glm-5", "high"), "coding")
    }

    #[test]
    fn comes_back_from_json() {
        let label = label();
        let text = label.to_json().to_string();
        let read = KeptLabel::from_json(&serde_json::from_str(&text).unwrap());
        assert_eq!(read.as_ref(), Ok(&label));
        let again = label.label(7, 8).unwrap();
        assert_eq!((again.arm, again.task, again.prior), (7, 8, Some(0.7)));
        assert_eq!((again.at, again.score, again.weight), (1_000.0, 1.0, 0.5));
    }

    #[test]
    fn each_member_that_is_wrong_is_named() {
        for (name, wrong) in [
            ("at", json!("now")),
            ("model", json!(1)),
            ("effort", Value::Null),
            ("task", json!([])),
            ("prior", json!(1.5)),
            ("predicted", json!(-0.1)),
            ("score", json!(2)),
            ("weight", json!("1")),
            ("vector", json!("1:zz")),
        ] {
            let mut value = label().to_json();
            value[name] = wrong;
            assert_eq!(KeptLabel::from_json(&value), Err(name));
            value.as_object_mut().unwrap().remove(name);
            let expected = (name != "prior").then_some(name);
            assert_eq!(KeptLabel::from_json(&value).err(), expected, "{name}");
        }
    }
}
