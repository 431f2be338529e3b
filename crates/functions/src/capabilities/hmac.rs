//! `hmac`: signatures by a shared key (RFC 2104), as webhooks carry them, and their comparison.

use hmac::{Hmac, KeyInit, Mac, digest::block_api::EagerHash};
use rhai::{Blob, Dynamic, Engine};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::{Bytes, Natives};
use crate::meter::Fallible;

pub(super) fn install(engine: &mut Engine) {
    let mut natives = Natives::default();
    natives.binary("sha256", sign::<Sha256>);
    natives.binary("sha512", sign::<Sha512>);
    natives.binary("sha1", sign::<Sha1>);
    natives.binary("equal", equal);
    natives.install(engine, "hmac");
}

fn sign<D: EagerHash>(key: Dynamic, data: Dynamic) -> Fallible<Blob>
where
    Hmac<D>: KeyInit + Mac,
{
    let (key, data) = (Bytes::of(key)?, Bytes::of(data)?);
    let mac = <Hmac<D> as KeyInit>::new_from_slice(&key).map_err(|error| error.to_string())?;
    Ok(mac.chain_update(&*data).finalize().into_bytes().to_vec())
}

/// In a time that tells nothing of where two of one length differ.
fn equal(a: Dynamic, b: Dynamic) -> Fallible<bool> {
    Ok(Bytes::of(a)?.ct_eq(&Bytes::of(b)?).into())
}
