//! `random`: the operating system's random numbers, fit for keys.

use croft_ports::{Entropy, entropy::SystemEntropy};
use rhai::{Blob, Engine};

use super::Natives;
use crate::meter::Fallible;

/// Bytes of one call.
const MAX_BYTES: i64 = 4096;

pub(super) fn install(engine: &mut Engine) {
    let mut natives = Natives::default();
    natives.unary("bytes", |count: i64| -> Fallible<Blob> {
        let length = usize::try_from(count).ok().filter(|_| count <= MAX_BYTES);
        let length = length.ok_or(format!("random::bytes gives 0 to {MAX_BYTES}, not {count}"))?;
        let mut bytes = vec![0; length];
        SystemEntropy.fill(&mut bytes);
        Ok(bytes)
    });
    natives.binary("int", |from: i64, to: i64| -> Fallible<i64> {
        if from > to {
            return Err(format!("random::int goes from low to high, not {from} to {to}").into());
        }
        let entropy: &dyn Entropy = &SystemEntropy;
        // Of 2^128 numbers, so that the remainder favours none by more than 2^-64.
        let count = i128::from(to) - i128::from(from) + 1;
        let offset = u128::from_le_bytes(entropy.bytes()) % count.unsigned_abs();
        Ok(i64::try_from(i128::from(from) + offset.cast_signed()).unwrap_or(to))
    });
    natives.install(engine, "random");
}
