//! Sealing what is kept in files beside the database: the master key wraps a key that is made for
//! one file, and that key seals the file's pieces.

use std::fmt;

use croft_ports::Entropy;
use zeroize::Zeroizing;

use crate::seal::{DataKey, KeyRing, SealError};

/// Bytes of a master key's fingerprint.
const NAME: usize = 16;

/// The key of one file.
pub struct FileKey(DataKey);

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey(***)")
    }
}

impl FileKey {
    /// Bytes of a wrapped key: the master key's fingerprint, nonce, key, tag.
    pub const WRAPPED: usize = NAME + 24 + 32 + 16;

    /// A new key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(DataKey::generate(entropy))
    }

    /// The key as it stands at the file's beginning, wrapped by the ring's first key;
    /// [`Self::WRAPPED`] bytes. `place` says what the file is.
    pub fn wrap(&self, ring: &KeyRing, entropy: &dyn Entropy, place: &str) -> Vec<u8> {
        let (name, wrapped) = ring.wrap(entropy, &self.0, place);
        [name.as_bytes(), &wrapped].concat()
    }

    /// The key that was wrapped for that place by any key of the ring.
    pub fn unwrap(ring: &KeyRing, head: &[u8], place: &str) -> Result<Self, SealError> {
        let (name, wrapped) = head.split_at_checked(NAME).ok_or(SealError::Broken)?;
        let name = std::str::from_utf8(name).map_err(|_| SealError::Broken)?;
        ring.unwrap(name, wrapped, place).map(Self)
    }

    /// Seals a piece; `place` says which of the file it is.
    pub fn seal(&self, entropy: &dyn Entropy, piece: &[u8], place: &str) -> Vec<u8> {
        self.0.seal_bytes(entropy, piece, place)
    }

    /// Opens the piece that was sealed for that place.
    pub fn open(&self, sealed: &[u8], place: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.0.open_bytes(sealed, place).map(Zeroizing::new)
    }
}

#[cfg(test)]
mod tests {
    use croft_ports::entropy::SeededEntropy;

    use super::*;
    use crate::MasterKey;

    #[test]
    fn a_file_opens_by_every_key_of_the_ring_and_in_its_place() {
        let entropy: &dyn Entropy = &SeededEntropy::new(3);
        let (old, new) = (MasterKey::generate(entropy), MasterKey::generate(entropy));
        let before = KeyRing::new(old.clone(), vec![]);
        let key = FileKey::generate(entropy);
        let head = key.wrap(&before, entropy, "routes");
        assert_eq!(head.len(), FileKey::WRAPPED);
        let sealed = key.seal(entropy, b"piece", "1");

        let both = KeyRing::new(new.clone(), vec![old]);
        let again = FileKey::unwrap(&both, &head, "routes").unwrap();
        assert_eq!(&**again.open(&sealed, "1").unwrap(), b"piece");
        assert!(again.open(&sealed, "2").is_err(), "a piece does not move");
        assert!(FileKey::unwrap(&both, &head, "other").is_err());
        assert!(FileKey::unwrap(&both, &head[..20], "routes").is_err());
        let after = KeyRing::new(new, vec![]);
        assert!(FileKey::unwrap(&after, &head, "routes").is_err());
        let head = again.wrap(&both, entropy, "routes");
        assert!(FileKey::unwrap(&after, &head, "routes").is_ok(), "wrapped by the first");
    }
}
