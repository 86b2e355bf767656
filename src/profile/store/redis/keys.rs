use super::super::StreamName;
use crate::context::Tenant;

/// Keys of one stream, or of one tenant's sums: they begin with one hash tag, so that they lie in one slot of a cluster.
#[derive(Debug)]
pub(super) struct Keys {
    tag: String,
    what: &'static str,
}

impl Keys {
    pub(super) fn of_stream(store: &str, name: &StreamName) -> Self {
        let tenant = of_tenant(name.tenant.as_ref());
        Self {
            tag: format!("{store}:{tenant}:{}", name.alias),
            what: "labels",
        }
    }

    pub(super) fn of_rows(store: &str, tenant: Option<&Tenant>) -> Self {
        Self {
            tag: format!("{store}:{}", of_tenant(tenant)),
            what: "figures",
        }
    }

    /// By which the node is remembered.
    pub(super) fn tag(&self) -> &str {
        &self.tag
    }

    /// Where it is kept.
    pub(super) fn kept(&self) -> String {
        format!("{{{}}}:{}", self.tag, self.what)
    }

    /// Where it stands what a process has told.
    pub(super) fn told(&self, process: u64) -> String {
        format!("{{{}}}:{}:told:{process:016x}", self.tag, self.what)
    }
}

/// With its length, so that no tenant's name can be taken for another one's and an alias.
fn of_tenant(tenant: Option<&Tenant>) -> String {
    tenant.map_or_else(
        || "-".to_owned(),
        |tenant| format!("{}:{tenant}", tenant.as_str().len()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stream_has_keys_of_its_own() {
        let name = |tenant: Option<&str>, alias: &str| {
            let tenant = tenant.map(|tenant| Tenant::new(tenant).unwrap());
            Keys::of_stream("s", &StreamName::new(tenant, alias)).kept()
        };
        let all = [
            name(None, "auto"),
            name(Some("a"), "auto"),
            name(Some("a:auto"), "auto"),
            name(Some("a"), "auto:auto"),
            name(Some("-"), "auto"),
            Keys::of_rows("s", None).kept(),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[..at].contains(one), "{one}");
        }
        let keys = Keys::of_rows("s", None);
        assert!(keys.kept().starts_with("{s:-}:") && keys.told(1).starts_with("{s:-}:"));
    }
}
