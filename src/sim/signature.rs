//! Signatures of a model's thoughts, which must come back as they were.

use super::base64;

/// Signs for the models of one family at one provider, by a secret that follows from its name.
#[derive(Clone)]
pub(crate) struct Signer {
    key: [u8; 32],
    family: String,
}

impl Signer {
    pub(crate) fn new(provider: &str, family: &str) -> Self {
        Self {
            key: blake3::derive_key("tower-genai sim: thoughts", provider.as_bytes()),
            family: family.to_owned(),
        }
    }

    /// Signs parts of an answer, in base64. `kind` tells what they are.
    pub(crate) fn sign(&self, kind: &str, parts: &[&str]) -> String {
        let mut mac = blake3::Hasher::new_keyed(&self.key);
        for part in [self.family.as_str(), kind].iter().chain(parts) {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        let mut bytes = Vec::from([0x12, 0x40]);
        mac.finalize_xof().fill(bytes_of(&mut bytes));
        base64::encode(&bytes)
    }

    pub(crate) fn is_valid(&self, kind: &str, parts: &[&str], signature: &str) -> bool {
        self.sign(kind, parts) == signature
    }
}

/// Room for the signature itself behind what stands before it.
fn bytes_of(bytes: &mut Vec<u8>) -> &mut [u8] {
    let start = bytes.len();
    bytes.resize(start + 64, 0);
    &mut bytes[start..]
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_text_family_and_provider_alone() {
        let signer = Signer::new("anthropic", "claude");
        let signature = signer.sign("thinking", &["hm"]);
        assert!(signer.is_valid("thinking", &["hm"], &signature));
        assert!(!signer.is_valid("thinking", &["hmm"], &signature));
        assert!(!signer.is_valid("thinking", &["h", "m"], &signature));
        assert!(!signer.is_valid("call", &["hm"], &signature));
        for (provider, family) in [("anthropic", "gpt"), ("other", "claude")] {
            let other = Signer::new(provider, family);
            assert!(!other.is_valid("thinking", &["hm"], &signature));
        }
        assert!(!format!("{signer:?}").contains("claude"));
    }
}
