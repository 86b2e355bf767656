use http::{Uri, uri::PathAndQuery};

/// A checked base address to which paths can be joined and from which none leads away.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    uri: Uri,
    /// The path without a slash at its end.
    path: Box<str>,
}

impl Endpoint {
    pub(super) fn new(text: &str) -> Result<Self, InvalidEndpoint> {
        if text.contains('#') {
            return Err(InvalidEndpoint::Fragment);
        }
        if text.contains('?') {
            return Err(InvalidEndpoint::Query);
        }
        let uri: Uri = text.parse().map_err(|_| InvalidEndpoint::Syntax)?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(InvalidEndpoint::Scheme);
        }
        let authority = uri.authority().ok_or(InvalidEndpoint::Host)?;
        if authority.as_str().contains('@') {
            return Err(InvalidEndpoint::User);
        }
        let host = authority.host();
        if host.is_empty() || host == "[]" {
            return Err(InvalidEndpoint::Host);
        }
        let port = authority.as_str().strip_prefix(host).unwrap_or("");
        let port_is_right = port.is_empty()
            || port
                .strip_prefix(':')
                .and_then(|port| port.parse::<u16>().ok())
                .is_some_and(|port| port > 0);
        if !port_is_right {
            return Err(InvalidEndpoint::Port);
        }
        let path = uri.path().trim_end_matches('/');
        check_path(path)?;
        let path: Box<str> = path.into();
        let uri = with_path(&uri, if path.is_empty() { "/" } else { &path })?;
        Ok(Self { uri, path })
    }

    pub(super) const fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) fn join(&self, path_and_query: &str) -> Result<Uri, InvalidEndpoint> {
        let (path, _) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        if !path.starts_with('/') || path_and_query.contains('#') {
            return Err(InvalidEndpoint::Path);
        }
        check_path(path)?;
        with_path(&self.uri, &format!("{}{path_and_query}", self.path))
    }
}

fn with_path(uri: &Uri, path: &str) -> Result<Uri, InvalidEndpoint> {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(
        path.parse::<PathAndQuery>()
            .map_err(|_| InvalidEndpoint::Path)?,
    );
    Uri::from_parts(parts).map_err(|_| InvalidEndpoint::Syntax)
}

/// Every segment has a name that is not made of dots, however they are written.
fn check_path(path: &str) -> Result<(), InvalidEndpoint> {
    let dots = |segment: &str| {
        if !segment.contains('%') {
            return segment == "." || segment == "..";
        }
        let plain = segment.replace("%2e", ".").replace("%2E", ".");
        plain == "." || plain == ".."
    };
    let mut segments = path.split('/').skip(1);
    let plain = path
        .bytes()
        .all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'"' | b'<' | b'>'));
    if plain && !segments.any(|segment| segment.is_empty() || dots(segment)) {
        Ok(())
    } else {
        Err(InvalidEndpoint::Path)
    }
}

/// Why a text is no base address, or no path below one. Never repeats the text, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEndpoint {
    /// Not an absolute address.
    #[error("is no address; write it as \"https://api.example.com/v1\"")]
    Syntax,
    /// Neither http nor https.
    #[error("must begin with https:// or http://")]
    Scheme,
    /// No host.
    #[error("has no host")]
    Host,
    /// Not a number from 1 to 65535.
    #[error("has a port that is no number from 1 to 65535")]
    Port,
    /// A user or password.
    #[error("must not hold a user or password; name the key's variable with `api_key_env`")]
    User,
    /// A query.
    #[error("must not have a query (`?`)")]
    Query,
    /// A fragment.
    #[error("must not have a fragment (`#`)")]
    Fragment,
    /// A path that could lead elsewhere.
    #[error(
        "has a path with an empty segment, a segment of dots, or characters that belong in no path"
    )]
    Path,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_path_and_drops_the_slash() {
        let join =
            |base: &str, path: &str| Endpoint::new(base).unwrap().join(path).unwrap().to_string();
        assert_eq!(
            join("https://api.openai.com/v1/", "/chat/completions"),
            "https://api.openai.com/v1/chat/completions"
        );
        assert_eq!(
            join("http://[::1]:8080", "/v1/x?alt=sse"),
            "http://[::1]:8080/v1/x?alt=sse"
        );
        assert_eq!(
            join(
                "https://g.example/v1beta",
                "/models/m:streamGenerateContent"
            ),
            "https://g.example/v1beta/models/m:streamGenerateContent"
        );
    }

    #[test]
    fn refuses_what_is_no_base_address() {
        for (text, why) in [
            ("ftp://a.example", InvalidEndpoint::Scheme),
            ("/v1", InvalidEndpoint::Scheme),
            ("https://key:secret@a.example/v1", InvalidEndpoint::User),
            ("https://a.example/v1?key=secret", InvalidEndpoint::Query),
            ("https://a.example/v1#x", InvalidEndpoint::Fragment),
            ("https://a.example:99999/", InvalidEndpoint::Port),
            ("https://a.example:0/", InvalidEndpoint::Port),
            ("https://a.example/a/../b", InvalidEndpoint::Path),
            ("https://a.example/a//b", InvalidEndpoint::Path),
            ("https://a.example/%2E%2e/b", InvalidEndpoint::Path),
            ("https://", InvalidEndpoint::Syntax),
            ("", InvalidEndpoint::Syntax),
            ("https://a b", InvalidEndpoint::Syntax),
        ] {
            assert_eq!(Endpoint::new(text).unwrap_err(), why, "{text}");
        }
    }

    #[test]
    fn no_path_leads_away() {
        let base = Endpoint::new("https://a.example/v1").unwrap();
        for path in [
            "",
            "x",
            "//evil.example",
            "/../admin",
            "/%2e%2e/admin",
            "/a b",
            "/a#b",
            "/a\n",
            "@evil",
            "/a\\b",
        ] {
            assert!(base.join(path).is_err(), "{path:?}");
        }
    }
}
