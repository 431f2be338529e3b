//! `hash`: digests, as bytes; `hex::encode` and `base64::encode` write them down.

use rhai::{Blob, Dynamic, Engine};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{Bytes, Natives};
use crate::meter::Fallible;

pub(super) fn install(engine: &mut Engine) {
    let mut natives = Natives::default();
    natives.unary("sha256", digest::<Sha256>);
    natives.unary("sha512", digest::<Sha512>);
    // Broken for signatures of documents; some services still name things by it.
    natives.unary("sha1", digest::<Sha1>);
    natives.install(engine, "hash");
}

fn digest<D: Digest>(data: Dynamic) -> Fallible<Blob> {
    Ok(D::digest(&*Bytes::of(data)?).to_vec())
}
