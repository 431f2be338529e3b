//! The master keys and the chance that sealing needs, handed to every transaction.

use std::{fmt, sync::Arc};

use croft_ports::Entropy;

use crate::seal::{DataKey, KeyRing, SealError};

/// Makes, wraps and unwraps data keys. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Vault {
    keys: Arc<KeyRing>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl Vault {
    pub(crate) fn new(keys: KeyRing, entropy: Arc<dyn Entropy>) -> Self {
        Self { keys: Arc::new(keys), entropy }
    }

    /// A new data key with the name of its master key and its wrapped form.
    pub(crate) fn generate(&self, place: &str) -> (DataKey, String, Vec<u8>) {
        let key = DataKey::generate(&*self.entropy);
        let (name, wrapped) = self.keys.wrap(&*self.entropy, &key, place);
        (key, name, wrapped)
    }

    pub(crate) fn unwrap(
        &self,
        name: &str,
        wrapped: &[u8],
        place: &str,
    ) -> Result<DataKey, SealError> {
        self.keys.unwrap(name, wrapped, place)
    }

    /// The same data key, wrapped by the primary master key.
    pub(crate) fn rewrap(
        &self,
        name: &str,
        wrapped: &[u8],
        place: &str,
    ) -> Result<(String, Vec<u8>), SealError> {
        let key = self.keys.unwrap(name, wrapped, place)?;
        Ok(self.keys.wrap(&*self.entropy, &key, place))
    }

    pub(crate) fn fingerprints(&self) -> Vec<String> {
        self.keys.fingerprints()
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(***)")
    }
}
