//! Envelope encryption (decision 30): the master key wraps a data key per team, which seals values.
//!
//! XChaCha20-Poly1305 with random 24-byte nonces (draft-irtf-cfrg-xchacha-03): `nonce || ciphertext`.
//! The additional data binds a value to where it stands, so that a row copied elsewhere does not open.

use std::fmt;

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use croft_ports::Entropy;
use data_encoding::{BASE32_NOPAD, BASE64};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Why a value could not be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The master key it was wrapped with is not at hand.
    #[error("the master key {0} is needed and not at hand")]
    UnknownKey(String),
    /// The bytes are not what was sealed, or not here.
    #[error("a sealed value does not open: it was changed, or moved from its place")]
    Broken,
}

/// A master key: 32 bytes, known by a name derived from them.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// A new key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(entropy.bytes())
    }

    /// A key that is given.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads the one-line form, base64 of the 32 bytes. `None` when it is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64.decode(text.trim().as_bytes()).ok()?);
        <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Self)
    }

    /// The one-line form, for the key file and nowhere else.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(&self.0))
    }

    /// Tells keys apart without telling them: the first 80 bits of a tagged SHA-256.
    pub fn fingerprint(&self) -> String {
        let digest =
            Sha256::new().chain_update(b"croft master key\0").chain_update(self.0).finalize();
        let mut text = BASE32_NOPAD.encode(&digest[..10]);
        text.make_ascii_lowercase();
        text
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.fingerprint())
    }
}

/// The master keys at hand: the first wraps, all unwrap.
#[derive(Debug, Clone)]
pub struct KeyRing(Vec<MasterKey>);

impl KeyRing {
    /// A ring; the first key wraps.
    pub fn new(primary: MasterKey, older: Vec<MasterKey>) -> Self {
        Self(std::iter::once(primary).chain(older).collect())
    }

    /// Reads a key file: a key a line, the first wraps; empty lines and `#` lines are skipped.
    /// `None` when a line is not a key or there is none.
    pub fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
        let keys = lines.map(MasterKey::parse).collect::<Option<Vec<_>>>()?;
        (!keys.is_empty()).then_some(Self(keys))
    }

    /// Fingerprints, that of the wrapping key first.
    pub fn fingerprints(&self) -> Vec<String> {
        self.0.iter().map(MasterKey::fingerprint).collect()
    }

    /// The key that wraps.
    pub(crate) fn primary(&self) -> &MasterKey {
        // Both constructors give at least one.
        &self.0[0]
    }

    /// Wraps a data key; the result goes with the wrapping key's fingerprint.
    pub(crate) fn wrap(
        &self,
        entropy: &dyn Entropy,
        key: &DataKey,
        place: &str,
    ) -> (String, Vec<u8>) {
        (self.primary().fingerprint(), seal(&self.primary().0, entropy, &key.0, place))
    }

    /// Unwraps a data key.
    pub(crate) fn unwrap(
        &self,
        name: &str,
        wrapped: &[u8],
        place: &str,
    ) -> Result<DataKey, SealError> {
        let master = self.0.iter().find(|k| k.fingerprint() == name);
        let master = master.ok_or_else(|| SealError::UnknownKey(name.to_owned()))?;
        let bytes = Zeroizing::new(open(&master.0, wrapped, place)?);
        bytes.as_slice().try_into().map(DataKey).map_err(|_| SealError::Broken)
    }
}

/// A team's data key.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct DataKey([u8; 32]);

impl DataKey {
    pub(crate) fn generate(entropy: &dyn Entropy) -> Self {
        Self(entropy.bytes())
    }

    pub(crate) fn seal(&self, entropy: &dyn Entropy, plain: &str, place: &str) -> Sealed {
        Sealed(self.seal_bytes(entropy, plain.as_bytes(), place))
    }

    pub(crate) fn seal_bytes(&self, entropy: &dyn Entropy, plain: &[u8], place: &str) -> Vec<u8> {
        seal(&self.0, entropy, plain, place)
    }

    pub(crate) fn open(
        &self,
        sealed: &Sealed,
        place: &str,
    ) -> Result<Zeroizing<String>, SealError> {
        let bytes = open(&self.0, &sealed.0, place)?;
        String::from_utf8(bytes).map(Zeroizing::new).map_err(|_| SealError::Broken)
    }

    pub(crate) fn open_bytes(&self, sealed: &[u8], place: &str) -> Result<Vec<u8>, SealError> {
        open(&self.0, sealed, place)
    }
}

/// A value as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub(crate) Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(***)")
    }
}

fn seal(key: &[u8; 32], entropy: &dyn Entropy, plain: &[u8], place: &str) -> Vec<u8> {
    let nonce: [u8; 24] = entropy.bytes();
    let payload = Payload { msg: plain, aad: place.as_bytes() };
    // The only error of this cipher is a message beyond 256 GiB; values are bounded far below.
    let sealed = XChaCha20Poly1305::new(key.into()).encrypt(&XNonce::from(nonce), payload);
    let mut out = nonce.to_vec();
    out.extend(sealed.unwrap_or_default());
    out
}

fn open(key: &[u8; 32], sealed: &[u8], place: &str) -> Result<Vec<u8>, SealError> {
    let (nonce, rest) = sealed.split_first_chunk::<24>().ok_or(SealError::Broken)?;
    let payload = Payload { msg: rest, aad: place.as_bytes() };
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(*nonce), payload)
        .map_err(|_| SealError::Broken)
}

#[cfg(test)]
mod tests {
    use croft_ports::entropy::SeededEntropy;

    use super::*;

    #[test]
    fn opens_only_unchanged_in_its_place_with_its_key() {
        let entropy: &dyn Entropy = &SeededEntropy::new(1);
        let ring = KeyRing::new(MasterKey::generate(entropy), vec![]);
        let key = DataKey::generate(entropy);
        let (name, wrapped) = ring.wrap(entropy, &key, "team");
        let key = ring.unwrap(&name, &wrapped, "team").unwrap();
        assert!(ring.unwrap(&name, &wrapped, "other team").is_err());

        let sealed = key.seal(entropy, "s3cret", "row 1");
        assert_eq!(*key.open(&sealed, "row 1").unwrap(), "s3cret");
        assert!(key.open(&sealed, "row 2").is_err());
        for i in 0..sealed.0.len() {
            let mut changed = sealed.clone();
            changed.0[i] ^= 1;
            assert!(key.open(&changed, "row 1").is_err());
        }
        let other = KeyRing::new(MasterKey::generate(entropy), vec![]);
        assert_eq!(other.unwrap(&name, &wrapped, "team").err(), Some(SealError::UnknownKey(name)));
    }

    #[test]
    fn a_key_file_is_read_back() {
        let entropy: &dyn Entropy = &SeededEntropy::new(2);
        let (new, old) = (MasterKey::generate(entropy), MasterKey::generate(entropy));
        let text = format!("# Croft\n{}\n\n{}\n", &*new.expose(), &*old.expose());
        let ring = KeyRing::parse(&text).unwrap();
        assert_eq!(ring.fingerprints(), [new.fingerprint(), old.fingerprint()]);
        assert!(KeyRing::parse("").is_none());
        assert!(KeyRing::parse("not a key").is_none());
        assert!(!format!("{ring:?}").contains(&*new.expose()));
    }
}
