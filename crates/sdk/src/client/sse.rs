//! Server-sent events (WHATWG HTML, 9.2.6), as far as Croft's servers use them: lines end in LF
//! or CRLF.

/// The longest event taken, in bytes.
const EVENT_MAX: usize = 1024 * 1024;

/// Bytes in, data of events out.
#[derive(Debug, Default)]
pub(super) struct Parser {
    pending: Vec<u8>,
    data: String,
    id: Option<String>,
    place: Option<String>,
}

/// More than one event may hold came in without an end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Parser {
    /// Takes what came in; gives the data of the events that are complete now. Comments are signs of
    /// life and nothing else; an event without data says at most where the stream is.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        let mut complete = Vec::new();
        self.pending.extend_from_slice(bytes);
        let mut begin = 0;
        while let Some(length) = self.pending[begin..].iter().position(|b| *b == b'\n') {
            let line = &self.pending[begin..begin + length];
            let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
            begin += length + 1;
            if line.is_empty() {
                // Only what is complete counts: the rest of the event may never come.
                self.place = self.id.clone().or(self.place.take());
                if !self.data.is_empty() {
                    complete.push(std::mem::take(&mut self.data));
                }
            } else if let Some(text) = field(&line, "data:") {
                if !self.data.is_empty() {
                    self.data.push('\n');
                }
                self.data.push_str(text);
            } else if let Some(id) = field(&line, "id:") {
                self.id = Some(id.to_owned());
            }
        }
        self.pending.drain(..begin);
        if self.pending.len() + self.data.len() > EVENT_MAX { Err(TooLong) } else { Ok(complete) }
    }

    /// The id of the last complete event, if any had one: where to go on.
    pub(super) fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }
}

fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let value = line.strip_prefix(name)?;
    Some(value.strip_prefix(' ').unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_the_same_however_the_bytes_are_cut() {
        let text = ": hello\n\nid: 1\nevent: x\ndata: {\"a\":\ndata: \"ü\"}\r\n\r\n\ndata:two\n\ndata: cut";
        for cut in 0..text.len() {
            let mut parser = Parser::default();
            let mut events = parser.push(&text.as_bytes()[..cut]).unwrap();
            events.extend(parser.push(&text.as_bytes()[cut..]).unwrap());
            assert_eq!(events, ["{\"a\":\n\"ü\"}", "two"], "cut at {cut}");
            assert_eq!(parser.place(), Some("1"), "cut at {cut}");
        }
    }

    #[test]
    fn a_place_is_known_before_the_first_event_and_by_complete_ones_only() {
        let mut parser = Parser::default();
        assert_eq!(parser.push(b"id: 7\n").unwrap(), [""; 0]);
        assert_eq!(parser.place(), None);
        assert_eq!(parser.push(b"\nid: 8\ndata: x\n").unwrap(), [""; 0]);
        assert_eq!(parser.place(), Some("7"));
        assert_eq!(parser.push(b"\n").unwrap(), ["x"]);
        assert_eq!(parser.place(), Some("8"));
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let mut parser = Parser::default();
        let chunk = vec![b'x'; 64 * 1024];
        let refused = (0..17).map(|_| parser.push(&chunk)).find_map(Result::err);
        assert_eq!(refused, Some(TooLong));
    }
}
