use super::json::Node;

/// By which ids a list knows a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    Equals(Box<str>),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Contains(Box<str>),
    Any(Vec<Pattern>),
    All(Vec<Pattern>),
    /// A regular expression, or something newer: it fits nothing.
    Unknown,
}

/// How an id fits a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It resembles.
    Like,
    /// It is written out.
    Equal,
}

impl Pattern {
    /// How deep patterns may lie in each other; more is no list.
    const DEEPEST: usize = 8;

    /// Reads one, and says whether all of it was understood.
    pub(super) fn read(node: Node<'_, '_>) -> (Self, bool) {
        Self::read_at(node, 0)
    }

    fn read_at(node: Node<'_, '_>, depth: usize) -> (Self, bool) {
        let members = node.members().unwrap_or_default();
        let [(key, value)] = members.as_slice() else {
            return (Self::Unknown, false);
        };
        let text = || value.text().filter(|text| !text.is_empty());
        let made = match (key.as_str(), text()) {
            ("equals", Some(text)) => Self::Equals(text.into()),
            ("starts_with", Some(text)) => Self::StartsWith(text.into()),
            ("ends_with", Some(text)) => Self::EndsWith(text.into()),
            ("contains", Some(text)) => Self::Contains(text.into()),
            ("or" | "and", None) if depth < Self::DEEPEST => {
                let items = value.items().unwrap_or_default();
                let (parts, known): (Vec<_>, Vec<_>) = items
                    .into_iter()
                    .map(|item| Self::read_at(item, depth + 1))
                    .unzip();
                let known = !parts.is_empty() && known.into_iter().all(|known| known);
                let made = if key == "or" {
                    Self::Any(parts)
                } else {
                    Self::All(parts)
                };
                return (made, known);
            }
            _ => return (Self::Unknown, false),
        };
        (made, true)
    }

    /// Whether, and how, an id fits, without regard to case.
    pub(super) fn fit(&self, id: &str) -> Option<Fit> {
        let like = |yes: bool| yes.then_some(Fit::Like);
        let lower = id.to_ascii_lowercase();
        match self {
            Self::Equals(text) => text.eq_ignore_ascii_case(id).then_some(Fit::Equal),
            Self::StartsWith(text) => like(lower.starts_with(&text.to_ascii_lowercase())),
            Self::EndsWith(text) => like(lower.ends_with(&text.to_ascii_lowercase())),
            Self::Contains(text) => like(lower.contains(&text.to_ascii_lowercase())),
            Self::Any(parts) => parts.iter().filter_map(|part| part.fit(id)).max(),
            Self::All(parts) => {
                let fits: Option<Vec<_>> = parts.iter().map(|part| part.fit(id)).collect();
                fits?.into_iter().min()
            }
            Self::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::json::Document, *};

    fn pattern(text: &str) -> (Pattern, bool) {
        Pattern::read(Document::read("f", text.as_bytes()).unwrap().root())
    }

    #[test]
    fn written_out_beats_alike() {
        let (pattern, known) = pattern(
            r#"{"or": [{"starts_with": "gpt-"}, {"equals": "gpt-4o"}, {"and": [{"contains": "x"}, {"ends_with": "y"}]}]}"#,
        );
        assert!(known);
        assert_eq!(pattern.fit("GPT-4o"), Some(Fit::Equal));
        assert_eq!(pattern.fit("gpt-5"), Some(Fit::Like));
        assert_eq!(pattern.fit("axby"), Some(Fit::Like));
        assert_eq!(pattern.fit("axb"), None);
    }

    #[test]
    fn what_is_not_understood_fits_nothing() {
        for text in [
            r#"{"regex": "^gpt"}"#,
            r#"{"starts_with": ""}"#,
            r#"{"and": []}"#,
            "3",
            r#"{"equals": "a", "contains": "b"}"#,
        ] {
            let (pattern, known) = pattern(text);
            assert!(!known, "{text}");
            assert_eq!(pattern.fit("gpt-4o"), None, "{text}");
        }
        let deep = format!("{}{}{}", r#"{"or":["#.repeat(1000), "{}", "]}".repeat(1000));
        assert!(!pattern(&deep).1);
    }
}
