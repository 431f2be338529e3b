//! Text of others on a terminal (decision 51): what could move the cursor, reorder a line or hide
//! is shown as what it is.

/// Whether a character has an effect instead of a shape, or none at all.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// The text on one line, acting characters written as `\n` or `\u{1b}`.
pub(crate) fn line(text: &str) -> String {
    escape(text, acts)
}

/// The text with its line breaks and tabs, everything else as [`line()`].
pub(crate) fn lines(text: &str) -> String {
    escape(text, |c| !matches!(c, '\n' | '\t') && acts(c))
}

fn escape(text: &str, acts: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// JSON that serde has made, with what it leaves acting written as `\u....`: the same value.
pub(crate) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || !acts(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            out.extend(["\\u".to_owned(), format!("{unit:04x}")]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &str = "a\x1b]52;c;?\x07\u{9b}31m\r\n\tb\u{202e}c\u{200b}\x7f\u{e0041}ü日";

    #[test]
    fn nothing_acts_any_more() {
        let shown = line(NASTY);
        assert!(!shown.chars().any(acts), "{shown}");
        assert!(
            shown.starts_with("a\\u{1b}]52;c;?\\u{7}\\u{9b}31m\\r\\n\\tb\\u{202e}c"),
            "{shown}"
        );
        assert!(shown.ends_with("ü日"));
        assert_eq!(lines("a\n\tb\r"), "a\n\tb\\r");
    }

    #[test]
    fn json_stays_the_same_value() {
        let text = serde_json::to_string_pretty(&[NASTY]).unwrap();
        let shown = json(&text);
        assert!(!shown.chars().any(|c| c != '\n' && acts(c)), "{shown}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), [NASTY]);
    }
}
