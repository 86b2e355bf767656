use super::Call;
use crate::{
    catalog::Provider,
    context::{Context, DataLabel},
    query::{Query, Task},
};

/// Where data of a label may go.
///
/// A label is put on a call by the app ([`Context::with_label`]), or found by the classifier when
/// [`detect`](Self::detect) is on and the label is `personal`. Labels only narrow: with several, a zone must be open
/// to each.
#[derive(Clone, Debug)]
pub struct LabelRule {
    label: DataLabel,
    zones: Vec<Box<str>>,
    detect: bool,
}

impl LabelRule {
    /// Data of this label stays in these zones.
    pub fn new<Z: Into<Box<str>>>(label: DataLabel, zones: impl IntoIterator<Item = Z>) -> Self {
        Self {
            label,
            zones: zones.into_iter().map(Into::into).collect(),
            detect: false,
        }
    }

    /// Whether calls that the classifier takes for personal carry the label too.
    #[must_use]
    pub const fn detect(mut self, detect: bool) -> Self {
        self.detect = detect;
        self
    }

    fn applies(&self, query: &Query, context: &Context) -> bool {
        // What nobody has read may be personal.
        let unread = query.model().is_empty() && !query.only_reads();
        let personal = *query.classification().task() == Task::PERSONAL;
        let found = self.detect && (personal || unread);
        found || context.labels().contains(&self.label)
    }

    /// Whether the call may go to the provider.
    pub(crate) fn permits(&self, provider: &Provider, query: &Query, context: &Context) -> bool {
        self.zones.iter().any(|zone| **zone == *provider.zone()) || !self.applies(query, context)
    }

    pub(super) fn is_on(&self, label: &DataLabel) -> bool {
        self.label == *label
    }
}

/// Whether a rule says where a call may go.
pub(super) fn restrict(rules: &[LabelRule], call: &Call<'_>) -> bool {
    rules
        .iter()
        .any(|rule| rule.applies(call.query, call.context))
}
