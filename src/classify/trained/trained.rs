use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, LazyLock},
};

use super::{BadWeights, Evidence, model::Model};
use crate::{
    classify::Classifier,
    query::{Classification, Prompt, Query, Shares, Signal, Task},
};

static WEIGHTS: &[u8] = include_bytes!("weights.bin");

/// Tasks that dear models are for.
static DEMANDING: [Task; 6] = [
    Task::CODING,
    Task::MATH,
    Task::SCIENCE,
    Task::REASONING,
    Task::COMPUTER_USE,
    Task::LOGIC,
];

/// An opening of which at least this is of a task hints at it.
const HINTED: f32 = 0.05;
/// An opening of which at least this is of a task says so, if that is a demanding one.
const SAID: f32 = 0.5;

/// The weights in the crate; none, if they were not those of this version, which a test excludes.
static BUILT_IN: LazyLock<Option<Arc<Model>>> =
    LazyLock::new(|| Model::read(Cow::Borrowed(WEIGHTS)).ok().map(Arc::new));

/// The [`Heuristics`](crate::classify::Heuristics) with a trained model on top: linear, over hashed words and over what
/// the heuristics found.
///
/// ```
/// use tower_genai::{
///     classify::Trained,
///     query::{Prompt, Task},
/// };
///
/// let found = Trained::new().read(&Prompt::new("Prove that the sum of two odd numbers is even."));
/// assert_eq!(found.task(), &Task::MATH);
/// let shares = found.shares().unwrap();
/// assert!(shares.of(&Task::MATH) > shares.of(&Task::GENERAL));
/// ```
///
#[doc = include_str!("CARD.md")]
#[derive(Clone)]
pub struct Trained {
    model: Option<Arc<Model>>,
}

impl Trained {
    /// With the weights in the crate.
    pub fn new() -> Self {
        Self {
            model: BUILT_IN.clone(),
        }
    }

    /// With weights of your own, as `examples/train` writes them.
    ///
    /// # Errors
    ///
    /// If the bytes are no weights of this version.
    pub fn from_weights(bytes: impl Into<Vec<u8>>) -> Result<Self, BadWeights> {
        let model = Model::read(Cow::Owned(bytes.into()))?;
        Ok(Self {
            model: Some(Arc::new(model)),
        })
    }

    /// Reads the prompt. Never panics.
    pub fn read(&self, prompt: &Prompt) -> Classification {
        self.weigh(&Evidence::of(prompt))
    }

    /// How much of each known task the prompt is.
    pub fn shares(&self, prompt: &Prompt) -> Shares {
        let evidence = Evidence::of(prompt);
        self.model.as_ref().map_or_else(
            || Shares::all(evidence.heuristics().task()),
            |model| shares(model, &evidence).0,
        )
    }

    /// The same of a prompt that was read already.
    pub fn weigh(&self, evidence: &Evidence) -> Classification {
        let heuristics = evidence.heuristics();
        let Some(model) = &self.model else {
            return heuristics.clone();
        };
        let (shares, left) = shares(model, evidence);
        let (task, share) = shares.most();
        let share = share * left;
        let told = Signal::new("trained on prompts", Some(task.clone()), share);
        let (before, after): (Vec<_>, Vec<_>) = heuristics
            .signals()
            .iter()
            .cloned()
            .partition(|signal| signal.weight >= share);
        let signals = before.into_iter().chain([told]).chain(after);
        Classification::new(task.clone())
            .with_difficulty(model.difficulty(evidence.whole()))
            .with_confidence(share)
            .with_signals(signals)
            .with_shares(shares)
    }
}

/// What the model says of the whole, without demanding tasks of which the opening has nothing: no caller's words at the
/// end of an easy question send it to a dear model. Nor do they make one demanding task of another that the opening is sure
/// of: then the opening's word holds. And how much of what the model said of the whole that leaves, or the opening's word
/// for it, if that is more.
fn shares(model: &Model, evidence: &Evidence) -> (Shares, f32) {
    let whole = model.shares(evidence.whole());
    let Some(opening) = evidence.opening().map(|opening| model.shares(opening)) else {
        return (whole, 1.0);
    };
    let (said, sure) = opening.most();
    if sure >= SAID && DEMANDING.contains(said) && whole.most().0 != said {
        let left = whole.of(said).max(1.0 - whole.most().1);
        return (opening, left);
    }
    let appended = |task: &Task| DEMANDING.contains(task) && opening.of(task) < HINTED;
    let left = whole.without(appended);
    let gone: f32 = whole
        .iter()
        .filter(|(task, _)| appended(task))
        .map(|(_, share)| share)
        .sum();
    (left, (1.0 - gone).max(opening.of(left.most().0)))
}

impl Default for Trained {
    fn default() -> Self {
        Self::new()
    }
}

impl Classifier for Trained {
    fn classify(&self, query: &Query) -> Classification {
        self.read(query.prompt())
    }
}

impl fmt::Debug for Trained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trained").finish_non_exhaustive()
    }
}
