//! `base64`: the standard alphabet (RFC 4648, 4) and that for addresses (5).

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD, Encoding};
use rhai::{Blob, Dynamic, Engine};

use super::{Bytes, Natives, utf8};
use crate::meter::Fallible;

pub(super) fn install(engine: &mut Engine) {
    let mut natives = Natives::default();
    natives.unary("encode", |data| encode(&BASE64, data));
    natives.unary("encode_url", |data| encode(&BASE64URL_NOPAD, data));
    natives.unary("decode", |text: &str| decode(&BASE64_NOPAD, text));
    natives.unary("decode_url", |text: &str| decode(&BASE64URL_NOPAD, text));
    natives.unary("decode_text", |text: &str| utf8(decode(&BASE64_NOPAD, text)?));
    natives.unary("decode_url_text", |text: &str| utf8(decode(&BASE64URL_NOPAD, text)?));
    natives.install(engine, "base64");
}

fn encode(alphabet: &Encoding, data: Dynamic) -> Fallible<String> {
    Ok(alphabet.encode(&Bytes::of(data)?))
}

/// Padded or not; strict in all else.
fn decode(alphabet: &Encoding, text: &str) -> Fallible<Blob> {
    let bare = text.trim_end_matches('=');
    alphabet.decode(bare.as_bytes()).map_err(|error| format!("this is not base64: {error}").into())
}
