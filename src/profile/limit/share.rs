use std::collections::{HashMap, VecDeque};

use foldhash::fast::RandomState;

use crate::context::Tenant;

/// As many labels as a stream is learned from.
const WINDOW: usize = 1_024;
/// So many a tenant may give whatever the others do: without any nothing would ever begin.
const FREE: usize = 128;

/// Who has taught a stream that tenants share: no tenant gives more of its labels than all the others together.
#[derive(Debug, Default)]
pub(crate) struct Share {
    order: VecDeque<Option<Tenant>>,
    given: HashMap<Tenant, usize, RandomState>,
}

impl Share {
    /// Whether one more label of this tenant's is to be learned; then it counts. Who has no tenant is the app itself.
    pub(crate) fn take(&mut self, tenant: Option<&Tenant>) -> bool {
        if let Some(tenant) = tenant {
            let given = self.given.get(tenant).copied().unwrap_or_default();
            if given >= FREE && given >= self.order.len() - given {
                return false;
            }
            *self.given.entry(tenant.clone()).or_default() += 1;
        }
        self.order.push_back(tenant.cloned());
        if self.order.len() > WINDOW
            && let Some(Some(oldest)) = self.order.pop_front()
            && let Some(given) = self.given.get_mut(&oldest)
        {
            *given -= 1;
            if *given == 0 {
                self.given.remove(&oldest);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> Tenant {
        Tenant::new(name).unwrap()
    }

    #[test]
    fn one_tenant_gives_at_most_half() {
        let (mut share, loud) = (Share::default(), tenant("loud"));
        let taken = (0..1_000_000).filter(|_| share.take(Some(&loud))).count();
        assert_eq!(taken, FREE);
        let mut taken = 0;
        for at in 0..10_000 {
            assert!(share.take(Some(&tenant(&format!("quiet-{}", at % 7)))));
            for _ in 0..10 {
                taken += usize::from(share.take(Some(&loud)));
            }
            assert!(share.given[&loud] <= (share.order.len() - share.given[&loud]).max(FREE));
        }
        assert!((9_000..=10_000).contains(&taken), "{taken}");
        assert_eq!(share.order.len(), WINDOW);
    }

    #[test]
    fn as_many_as_there_are_equals_are_all_heard() {
        let mut share = Share::default();
        for at in 0..100_000 {
            assert!(share.take(Some(&tenant(&format!("team-{}", at % 3)))));
            assert!(share.take(None));
        }
        assert!(share.given.len() <= 3);
    }
}
