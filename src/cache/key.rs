use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Uri};

use super::{Bypass, Directives, canonical, config::Config};
use crate::{
    catalog::{Model, Resolved},
    context::Context,
    query::{Api, Query, Wish},
    select::{Allowed, moved_over},
};

/// Headers of a request that change what is answered, or on whose account.
const HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("openai-beta"),
    HeaderName::from_static("openai-organization"),
    HeaderName::from_static("openai-project"),
];

/// Members that change how an answer is delivered or kept, and not what it says.
const NO_MATTER: [&[u8]; 6] = [
    b"stream",
    b"stream_options",
    b"prompt_cache_key",
    b"prompt_cache_options",
    b"prompt_cache_retention",
    b"request_id",
];

/// Tells one question from every other: calls with the same key may have the same answer.
///
/// A BLAKE3 digest under a key that each process draws anew, so that nobody who sees a `Key` can try which prompt it
/// stands for. It means nothing to another process.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// The digest.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
impl Key {
    pub(super) const fn of_test() -> Self {
        Self([7; 32])
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "Key({a:02x}{b:02x}{c:02x}{d:02x}..)")
    }
}

/// What decides on the answer besides the body.
pub(super) struct Asking<'a> {
    pub(super) query: &'a Query,
    pub(super) context: &'a Context,
    pub(super) wish: Option<&'a Wish>,
    pub(super) allowed: Option<&'a Allowed>,
    pub(super) headers: &'a HeaderMap,
    pub(super) uri: &'a Uri,
}

impl Asking<'_> {
    /// The key of a call, or why it has none.
    pub(super) fn key(&self, body: Option<&Bytes>, config: &Config) -> Result<Key, Bypass> {
        let body =
            body.filter(|_| self.query.api() == Api::OpenAiChat && self.query.defect().is_none());
        let body = body.ok_or(Bypass::Unread)?;
        if self.context.tenant().is_none() && !config.single_tenant {
            return Err(Bypass::NoTenant);
        }
        if Directives::of(self.headers).no_store {
            return Err(Bypass::NoStore);
        }
        let mut form = Form(Vec::with_capacity(1_024 + body.len().min(4_096)));
        self.write(&mut form, config);
        let leave_out = |name: &[u8]| {
            NO_MATTER.contains(&name) || config.ignored.iter().any(|other| other.as_bytes() == name)
        };
        let members = canonical::write(body, leave_out, &mut form.0).ok_or(Bypass::Unread)?;
        match members.bypass(config.any_temperature) {
            Some(why) => Err(why),
            None => Ok(Key(*blake3::keyed_hash(secret(), &form.0).as_bytes())),
        }
    }

    fn write(&self, form: &mut Form, config: &Config) {
        form.optional(
            self.context
                .tenant()
                .map(|tenant| tenant.as_str().as_bytes()),
        );
        form.text(self.query.api().as_str().as_bytes());
        let mut labels: Vec<&str> = self
            .context
            .labels()
            .iter()
            .map(|label| label.as_str())
            .collect();
        labels.sort_unstable();
        form.all(&labels);
        self.write_wish(form);
        // By its patterns as they are written: an order of them that is another costs a miss.
        let allowed = self.allowed.map(|allowed| format!("{allowed:?}"));
        form.optional(allowed.as_deref().map(str::as_bytes));
        for name in &HEADERS {
            let values = self.headers.get_all(name);
            form.number(values.iter().count() as u64);
            values.iter().for_each(|value| form.text(value.as_bytes()));
        }
        self.write_meaning(form, config);
    }

    fn write_wish(&self, form: &mut Form) {
        let quality = self.wish.and_then(Wish::quality);
        form.optional(
            quality
                .map(|share| share.to_bits().to_le_bytes())
                .as_ref()
                .map(<[u8; 8]>::as_slice),
        );
        let most = self.wish.and_then(Wish::max_cost);
        form.optional(
            most.map(|most| most.nanos().to_le_bytes())
                .as_ref()
                .map(<[u8; 8]>::as_slice),
        );
        form.0
            .extend_from_slice(&self.wish.map(Wish::way).unwrap_or_default());
        let models = self.wish.and_then(Wish::models);
        form.0.push(u8::from(models.is_some()));
        let mut models: Vec<&str> = models.into_iter().flatten().map(|name| &**name).collect();
        models.sort_unstable();
        models.dedup();
        form.all(&models);
    }

    /// What the model's name means by the catalog as it is now. The name itself is in the body. A name that means nothing
    /// here goes to where the caller addressed it, and means what it means there.
    fn write_meaning(&self, form: &mut Form, config: &Config) {
        let Some(catalog) = &config.catalog else {
            form.0.push(b'-');
            return form.text(self.uri.to_string().as_bytes());
        };
        let model = |form: &mut Form, model: &Arc<Model>| {
            form.text(model.provider().name().as_bytes());
            form.text(model.id().as_bytes());
        };
        let snapshot = catalog.snapshot();
        let at = config.clock.now();
        match snapshot.known(self.query.model(), at) {
            Some(Resolved::Model { model: named, .. }) => {
                form.0.push(b'm');
                model(form, named);
                // A conversation that moves to the successor by schedule leaves its answers behind.
                let tenant = self.context.tenant();
                let next = moved_over(named, self.query, tenant, &snapshot, at);
                form.0.push(u8::from(next.is_some()));
                if let Some(next) = next {
                    model(form, next);
                }
            }
            Some(Resolved::Alias(alias)) => {
                form.0.push(b'a');
                form.0.extend_from_slice(alias.digest());
            }
            Some(Resolved::Gone { model: gone }) => {
                form.0.push(b'g');
                model(form, gone);
            }
            Some(Resolved::Unknown { .. }) | None => {
                form.0.push(b'u');
                form.text(self.uri.to_string().as_bytes());
            }
        }
    }
}

/// Bytes that say where each part ends.
struct Form(Vec<u8>);

impl Form {
    fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn text(&mut self, text: &[u8]) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text);
    }

    fn optional(&mut self, text: Option<&[u8]>) {
        self.0.push(u8::from(text.is_some()));
        self.text(text.unwrap_or_default());
    }

    fn all(&mut self, texts: &[&str]) {
        self.number(texts.len() as u64);
        texts.iter().for_each(|text| self.text(text.as_bytes()));
    }
}

/// The process's own key, drawn from what the standard library seeds its hash maps with.
fn secret() -> &'static [u8; 32] {
    static SECRET: OnceLock<[u8; 32]> = OnceLock::new();
    SECRET.get_or_init(|| {
        let mut secret = [0; 32];
        for (i, part) in secret.chunks_exact_mut(8).enumerate() {
            part.copy_from_slice(&RandomState::new().hash_one(i).to_le_bytes());
        }
        secret
    })
}
