//! Texts of tenants that leave for logs.

use std::borrow::Cow;

/// Bytes of an error's message that are kept.
pub(crate) const MAX_MESSAGE: usize = 2000;
/// Bytes of a name in an error that are kept.
pub(crate) const MAX_NAME: usize = 100;

/// What is not a character of a log: `PostgreSQL` stores no NUL, and terminals obey the others.
fn is_control(c: char) -> bool {
    c.is_ascii_control() && c != '\n' && c != '\t'
}

/// Whether a text may be kept as it is.
pub(crate) fn is_clean(text: &str) -> bool {
    !text.contains(is_control)
}

/// The text without control characters but line ends and tabs, cut to `most` bytes.
pub(crate) fn clean(text: &str, most: usize) -> String {
    let text = &text[..text.floor_char_boundary(most)];
    let mut text = if is_clean(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.replace(is_control, "\u{fffd}"))
    };
    // What stands in for a character is longer than it.
    if text.len() > most {
        let end = text.floor_char_boundary(most);
        text.to_mut().truncate(end);
    }
    text.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_shown_as_such_and_the_length_is_kept() {
        assert_eq!(
            clean("a\0b\x1b[2J\r\n\tä\x7f", 99),
            "a\u{fffd}b\u{fffd}[2J\u{fffd}\n\tä\u{fffd}"
        );
        for most in 0..12 {
            for text in ["\0\0\0\0\0\0", "ääääää", "abcdefghijkl"] {
                let short = clean(text, most);
                assert!(short.len() <= most && is_clean(&short), "{text:?} {most} {short:?}");
            }
        }
    }
}
