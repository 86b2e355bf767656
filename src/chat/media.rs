use std::borrow::Cow;

/// An image, a sound or a document within a turn.
#[derive(Clone)]
#[non_exhaustive]
pub struct Media<'a> {
    /// Where its bytes are.
    pub source: Source<'a>,
    /// OpenAI's `detail` of an image: `low`, `high`, `auto`.
    pub detail: Option<Cow<'a, str>>,
    /// A document's title or file name.
    pub name: Option<Cow<'a, str>>,
}

impl<'a> Media<'a> {
    /// From a source.
    pub const fn new(source: Source<'a>) -> Self {
        Self {
            source,
            detail: None,
            name: None,
        }
    }
}

/// Where the bytes of a [`Media`] are.
#[derive(Clone)]
#[non_exhaustive]
pub enum Source<'a> {
    /// Here, in base64.
    Inline {
        /// The media type, such as `image/png`.
        media_type: Cow<'a, str>,
        /// Base64 with the standard alphabet.
        data: Cow<'a, str>,
    },
    /// Here, as plain text: a document's words.
    Text(Cow<'a, str>),
    /// At an address that the provider is to fetch.
    Url {
        /// The address, http or https.
        url: Cow<'a, str>,
        /// The media type, where the caller says it.
        media_type: Option<Cow<'a, str>>,
    },
}
