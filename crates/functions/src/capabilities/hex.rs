//! `hex`: two digits for each byte.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use rhai::{Blob, Dynamic, Engine};

use super::{Bytes, Natives, utf8};
use crate::meter::Fallible;

pub(super) fn install(engine: &mut Engine) {
    let mut natives = Natives::default();
    natives.unary("encode", |data: Dynamic| -> Fallible<String> {
        Ok(HEXLOWER.encode(&Bytes::of(data)?))
    });
    natives.unary("decode", |text: &str| decode(text));
    natives.unary("decode_text", |text: &str| utf8(decode(text)?));
    natives.install(engine, "hex");
}

fn decode(text: &str) -> Fallible<Blob> {
    HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .map_err(|error| format!("this is not hex: {error}").into())
}
