use super::Bypass;

/// What the members of a request say of whether its answer may be kept.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Members<'a> {
    temperature: Option<&'a [u8]>,
    seed: Option<&'a [u8]>,
    store: Option<&'a [u8]>,
    background: Option<&'a [u8]>,
    web_search: Option<&'a [u8]>,
    modalities: Option<&'a [u8]>,
    /// Something of a message, or of a tool, that is not in the request itself.
    outside: Option<Bypass>,
}

/// The top-level members that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Messages,
    Tools,
    Temperature,
    Seed,
    Store,
    Background,
    WebSearch,
    Modalities,
    Other,
}

impl Kind {
    pub(super) fn of(name: &[u8]) -> Self {
        match name {
            b"messages" => Self::Messages,
            b"tools" => Self::Tools,
            b"temperature" => Self::Temperature,
            b"seed" => Self::Seed,
            b"store" => Self::Store,
            b"background" => Self::Background,
            // OpenAI's, and what turns a search on elsewhere.
            b"web_search_options" | b"plugins" | b"search_parameters" | b"enable_search" => {
                Self::WebSearch
            }
            b"modalities" => Self::Modalities,
            _ => Self::Other,
        }
    }
}

impl<'a> Members<'a> {
    /// A top-level member.
    pub(super) fn found(&mut self, kind: Kind, value: &'a [u8]) {
        let place = match kind {
            Kind::Temperature => &mut self.temperature,
            Kind::Seed => &mut self.seed,
            Kind::Store => &mut self.store,
            Kind::Background => &mut self.background,
            Kind::WebSearch => &mut self.web_search,
            Kind::Modalities => &mut self.modalities,
            Kind::Messages | Kind::Tools | Kind::Other => return,
        };
        let said = Some(value).filter(|value| !matches!(*value, b"null" | b"false"));
        // Several members stand for one thing: what one of them says, another does not take back.
        if said.is_some() || kind != Kind::WebSearch {
            *place = said;
        }
    }

    /// A member of an object `depth` containers deep in a top-level member.
    pub(super) fn inner(&mut self, zone: Kind, depth: usize, key: &[u8], value: &[u8]) {
        let text = value.first() == Some(&b'"');
        let why = match (zone, key) {
            (Kind::Messages, b"file_id") if text => Bypass::Elsewhere,
            (Kind::Messages, b"url" | b"file_url" | b"image_url" | b"video_url" | b"audio_url")
                if text && !value.starts_with(b"\"data:") =>
            {
                Bypass::Elsewhere
            }
            // Anything but these is a tool that the provider runs itself.
            (Kind::Tools, b"type")
                if depth == 2 && !matches!(value, b"\"function\"" | b"\"custom\"") =>
            {
                Bypass::WebSearch
            }
            _ => return,
        };
        self.outside.get_or_insert(why);
    }

    /// An object with a key that is written with an escape, and so could be any key; `depth` as for a member of it.
    pub(super) fn disguised(&mut self, zone: Kind, depth: usize) {
        if zone == Kind::Messages || (zone == Kind::Tools && depth == 2) {
            self.outside.get_or_insert(Bypass::Unread);
        }
    }

    /// Why the answer to such a request is not kept.
    pub(super) fn bypass(&self, any_temperature: bool) -> Option<Bypass> {
        if self.store.is_some() {
            return Some(Bypass::Stored);
        }
        if self.background.is_some() {
            return Some(Bypass::Background);
        }
        if self.web_search.is_some() {
            return Some(Bypass::WebSearch);
        }
        if self.modalities.is_some_and(speaks) {
            return Some(Bypass::Audio);
        }
        if self.outside.is_some() {
            return self.outside;
        }
        let sampled = self.seed.is_none() && self.temperature.is_some_and(is_warm);
        (sampled && !any_temperature).then_some(Bypass::Sampled)
    }
}

/// Whether a list of modalities has another than text in it.
fn speaks(value: &[u8]) -> bool {
    let text = std::str::from_utf8(value).unwrap_or_default();
    serde_json::from_str::<Vec<String>>(text)
        .map_or(true, |all| all.iter().any(|one| one != "text"))
}

/// Whether a temperature is not certainly zero.
fn is_warm(value: &[u8]) -> bool {
    let text = std::str::from_utf8(value).unwrap_or_default();
    text.parse::<f64>() != Ok(0.0)
}
