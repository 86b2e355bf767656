use std::{fmt, sync::Arc};

use super::{DataLabel, Tenant, ambient};
use crate::{
    budget::{Allowance, Scope},
    money::Usd,
};
use http::Extensions;

/// What travels with a call besides its bytes: open budget scopes, tenant, data labels.
///
/// A request extension, cheap to clone; the setters consume and give back. An empty one allocates nothing.
/// See the [module docs](crate::context) for an example.
#[derive(Clone, Default)]
pub struct Context(Option<Arc<Facts>>);

/// Marks a request whose context was taken, and what it was.
#[derive(Clone, Debug)]
struct Captured(Context);

#[derive(Clone, Debug, Default)]
struct Facts {
    scopes: Vec<Scope>,
    tenant: Option<Tenant>,
    labels: Vec<DataLabel>,
}

impl Context {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self(None)
    }

    /// The context of a request: its own extension, joined with the [ambient](ambient()) one.
    ///
    /// Scopes and labels are united, the ambient ones first; the request's own tenant wins.
    pub fn of(extensions: &Extensions) -> Self {
        let own = extensions.get::<Self>();
        match (ambient(), own) {
            (None, None) => Self::new(),
            (Some(ambient), None) => ambient,
            (None, Some(own)) => own.clone(),
            (Some(ambient), Some(own)) => ambient.joined(own),
        }
    }

    /// The context of a request, taken once: where a layer further out has taken it, what is ambient by now may belong
    /// to whoever polls. Of that only labels are added, and scopes where it was made from what was taken.
    pub(crate) fn capture(extensions: &mut Extensions) -> Self {
        if let Some(taken) = Self::as_taken(extensions) {
            return taken;
        }
        let context = match extensions.get::<Captured>() {
            None => Self::of(extensions),
            Some(Captured(taken)) => {
                // Whatever was put there since can add to what was taken, and take nothing away.
                let own = extensions.get::<Self>().cloned().unwrap_or_default();
                let context = taken.clone().joined(&own);
                // Another's scopes are not charged for this call; a label too many only narrows where it may go.
                match ambient() {
                    Some(ambient) if ambient.stems_from(taken) => {
                        context.scoped_like(&ambient).labelled_like(&ambient)
                    }
                    Some(ambient) => context.labelled_like(&ambient),
                    None => context,
                }
            }
        };
        context.clone().put(extensions);
        context
    }

    /// What was taken, where nothing has been added since and nothing else is ambient: the usual case, further in.
    fn as_taken(extensions: &Extensions) -> Option<Self> {
        let Captured(taken) = extensions.get()?;
        let as_it_was = extensions.get().is_some_and(|own| taken.is(own));
        let others = ambient().is_some_and(|ambient| !taken.is(&ambient));
        (as_it_was && !others).then(|| taken.clone())
    }

    /// Whether both are one and the same.
    fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// Makes this the context of a request.
    pub(crate) fn put(self, extensions: &mut Extensions) {
        extensions.insert(Captured(self.clone()));
        extensions.insert(self);
    }

    /// The scopes that are open, the outermost first.
    pub fn scopes(&self) -> &[Scope] {
        self.0.as_ref().map_or(&[], |facts| &facts.scopes)
    }

    /// On whose behalf the call is made.
    pub fn tenant(&self) -> Option<&Tenant> {
        self.0.as_ref()?.tenant.as_ref()
    }

    /// What kinds of data the call carries, in the order they were added.
    pub fn labels(&self) -> &[DataLabel] {
        self.0.as_ref().map_or(&[], |facts| &facts.labels)
    }

    /// What the tightest enforcing scope still permits; a hint that may be old when it is read.
    pub fn allowance(&self) -> Option<Allowance> {
        Allowance::tightest(self.scopes())
    }

    /// Whether a scope that is open refuses what exceeds it.
    pub fn is_hard(&self) -> bool {
        self.scopes().iter().any(Scope::is_hard)
    }

    /// How many tokens an answer may have where the caller sets no limit: the least that an open scope which refuses
    /// says. `None` where none refuses.
    pub fn default_max_output(&self) -> Option<u32> {
        let hard = self.scopes().iter().filter(|scope| scope.is_hard());
        hard.map(Scope::default_max_output).min()
    }

    /// The most that a call without a limit of its own may hold: the least share of what is left in an open scope that
    /// refuses. A hint, like [`allowance`](Self::allowance); `None` where none refuses.
    pub fn share(&self) -> Option<Usd> {
        let hard = self.scopes().iter().filter(|scope| scope.is_hard());
        hard.filter_map(Scope::allowance)
            .map(|allowance| allowance.share())
            .min()
    }

    /// Opens one more scope, inside those that are open. One that is already open counts once.
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        if !self.scopes().contains(&scope) {
            self.facts().scopes.push(scope);
        }
        self
    }

    /// Sets the tenant.
    #[must_use]
    pub fn with_tenant(mut self, tenant: Tenant) -> Self {
        self.facts().tenant = Some(tenant);
        self
    }

    /// Adds a data label. There is no way to take one off.
    #[must_use]
    pub fn with_label(mut self, label: DataLabel) -> Self {
        if !self.labels().contains(&label) {
            self.facts().labels.push(label);
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether it holds all that `taken` does, and that is something: it was made from it.
    fn stems_from(&self, taken: &Self) -> bool {
        let scopes = taken
            .scopes()
            .iter()
            .all(|scope| self.scopes().contains(scope));
        let labels = taken
            .labels()
            .iter()
            .all(|label| self.labels().contains(label));
        !taken.scopes().is_empty() && scopes && labels
    }

    fn scoped_like(self, other: &Self) -> Self {
        let scopes = other.scopes().iter().cloned();
        scopes.fold(self, Self::with_scope)
    }

    fn labelled_like(self, other: &Self) -> Self {
        let labels = other.labels().iter().cloned();
        labels.fold(self, Self::with_label)
    }

    fn joined(self, own: &Self) -> Self {
        let (Some(ambient), Some(facts)) = (&self.0, &own.0) else {
            return if own.is_empty() { self } else { own.clone() };
        };
        // Inside the layer that made both, they are the same.
        if Arc::ptr_eq(ambient, facts) {
            return self;
        }
        let mut joined = self;
        for scope in &facts.scopes {
            joined = joined.with_scope(scope.clone());
        }
        for label in &facts.labels {
            joined = joined.with_label(label.clone());
        }
        if let Some(tenant) = &facts.tenant {
            joined = joined.with_tenant(tenant.clone());
        }
        joined
    }

    fn facts(&mut self) -> &mut Facts {
        Arc::make_mut(self.0.get_or_insert_default())
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("scopes", &self.scopes())
            .field("tenant", &self.tenant())
            .field("labels", &self.labels())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Budget;

    fn names(context: &Context) -> Vec<&str> {
        context.scopes().iter().map(Scope::name).collect()
    }

    #[test]
    fn a_scope_seen_twice_counts_once() {
        let org = Budget::new("org");
        let team = Budget::new("team").within(&org);
        let context = Context::new()
            .with_scope(org.scope())
            .with_scope(team.scope())
            .with_scope(org.clone().scope());
        assert_eq!(names(&context), ["org", "team"]);
        // The same name in another ledger is another scope.
        let other = context.with_scope(Budget::new("org").scope());
        assert_eq!(names(&other), ["org", "team", "org"]);
    }

    #[test]
    fn the_requests_own_joins_the_ambient() {
        let [org, team] = ["org", "team"].map(|name| Budget::new(name).scope());
        let [a, b] = ["a", "b"].map(|name| Tenant::new(name).unwrap());
        let [x, y] = ["x", "y"].map(|name| DataLabel::new(name).unwrap());
        let outer = Context::new()
            .with_scope(org.clone())
            .with_tenant(a)
            .with_label(x.clone());
        let mut extensions = Extensions::new();
        extensions.insert(
            Context::new()
                .with_scope(team)
                .with_scope(org)
                .with_tenant(b.clone())
                .with_label(y.clone()),
        );
        let joined = outer.sync_scope(|| Context::of(&extensions));
        assert_eq!(names(&joined), ["org", "team"]);
        assert_eq!(joined.tenant(), Some(&b));
        assert_eq!(joined.labels(), [x, y]);
        assert_eq!(names(&Context::of(&extensions)), ["team", "org"]);
    }

    #[test]
    fn an_extension_by_its_bounds() {
        fn extension<T: Clone + Send + Sync + 'static>() {}
        extension::<Context>();
        assert!(Context::of(&Extensions::new()).is_empty());
    }
}
