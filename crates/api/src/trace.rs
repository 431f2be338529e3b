//! Which trace a request belongs to (W3C Trace Context, 3.2).
//!
//! A client's `traceparent` is a hint, taken from anyone: it says where in a trace of theirs this
//! request stands, and decides nothing. Its flag of being sampled is not looked at, so nobody makes
//! us record more, or less. Whoever reads a trace trusts `request.id`, which is always ours.

use axum::http::HeaderMap;
use croft_model::id::RequestId;

/// A request's place in its trace, in lower-case hex.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    /// The trace: the client's, or one of our own.
    pub(crate) id: String,
    /// This request in it.
    pub(crate) span: String,
    /// The client's span, if it said one.
    pub(crate) parent: Option<String>,
}

impl Trace {
    /// Of this request. What it makes up comes from the request's id, whose last eight bytes are
    /// random.
    pub(crate) fn of(headers: &HeaderMap, request: RequestId) -> Self {
        let own = request.uuid().simple().to_string();
        let span = own[16..].to_owned();
        let sent = headers.get("traceparent").and_then(|value| parse(value.to_str().ok()?));
        match sent {
            Some((trace, parent)) => {
                Self { id: trace.to_owned(), span, parent: Some(parent.to_owned()) }
            }
            None => Self { id: own, span, parent: None },
        }
    }
}

/// `version-trace-parent-flags`; later versions may add more.
fn parse(text: &str) -> Option<(&str, &str)> {
    let mut parts = text.split('-');
    let (version, trace, parent, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let zero = |text: &str| text.bytes().all(|b| b == b'0');
    let good = hex(version, 2)
        && version != "ff"
        && (version != "00" || parts.next().is_none())
        && hex(trace, 32)
        && !zero(trace)
        && hex(parent, 16)
        && !zero(parent)
        && hex(flags, 2);
    good.then_some((trace, parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const PARENT: &str = "b7ad6b7169203331";

    #[test]
    fn only_what_the_standard_allows_is_taken() {
        assert_eq!(parse(&format!("00-{TRACE}-{PARENT}-01")), Some((TRACE, PARENT)));
        assert_eq!(parse(&format!("01-{TRACE}-{PARENT}-01-more")), Some((TRACE, PARENT)));
        for bad in [
            String::new(),
            format!("00-{TRACE}-{PARENT}"),
            format!("00-{TRACE}-{PARENT}-01-more"),
            format!("ff-{TRACE}-{PARENT}-01"),
            format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
            format!("00-{}-{PARENT}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{TRACE}\n-{PARENT}-01"),
        ] {
            assert_eq!(parse(&bad), None, "{bad}");
        }
    }

    #[test]
    fn without_one_the_request_is_its_own_trace() {
        let request = RequestId::from_uuid(uuid::Uuid::from_bytes([0xab; 16]));
        let trace = Trace::of(&HeaderMap::new(), request);
        assert_eq!((trace.id, trace.span, trace.parent), ("ab".repeat(16), "ab".repeat(8), None));
    }
}
