//! `uuid::v4` and `uuid::v7` (RFC 9562): random, and random that sorts by time.

use croft_ports::{Clock, Entropy, clock::SystemClock, entropy::SystemEntropy};
use rhai::Engine;
use uuid::Builder;

use super::Natives;
use crate::meter::Fallible;

pub(super) fn install(engine: &mut Engine) {
    let mut natives = Natives::default();
    natives.nullary("v4", || -> Fallible<String> {
        let entropy: &dyn Entropy = &SystemEntropy;
        Ok(Builder::from_random_bytes(entropy.bytes()).into_uuid().to_string())
    });
    natives.nullary("v7", || -> Fallible<String> {
        let entropy: &dyn Entropy = &SystemEntropy;
        Ok(entropy.uuid(SystemClock.now()).to_string())
    });
    natives.install(engine, "uuid");
}
