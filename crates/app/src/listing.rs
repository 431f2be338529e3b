//! What answers have in common: lists by the page, and what the caller may do with each thing.

use croft_model::permissions::Permission;
use croft_store::PageRequest;
use uuid::Uuid;

/// The page of a list that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// The last id of the page before.
    pub after: Option<Uuid>,
    /// The most items, 1 to 200.
    pub limit: u32,
}

impl Page {
    /// One row more than asked for, to know whether there is a next page.
    pub(crate) fn request(self) -> PageRequest {
        PageRequest { after: self.after, limit: i64::from(self.limit.clamp(1, 200)) + 1 }
    }

    /// Cuts what [`Page::request`] gave; `id` names what the next page begins after.
    pub(crate) fn cut<T>(self, mut items: Vec<T>, id: impl Fn(&T) -> Uuid) -> Listed<T> {
        let limit = usize::try_from(self.limit.clamp(1, 200)).unwrap_or(200);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(id) } else { None };
        Listed { items, next }
    }
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Listed<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to give as `after` for the next page; `None` on the last.
    pub next: Option<Uuid>,
}

impl<T> Listed<T> {
    /// All there is.
    pub fn all(items: Vec<T>) -> Self {
        Self { items, next: None }
    }

    /// The same page of something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Listed<U> {
        Listed { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

/// A thing as one caller sees it.
#[derive(Debug, Clone)]
pub struct Seen<T> {
    /// The thing.
    pub thing: T,
    /// What the caller may do with it.
    pub allowed: Vec<Permission>,
}

/// What a client sends to make a creation safe to repeat.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    /// The key it chose.
    pub key: String,
    /// A hash of method, path and body.
    pub fingerprint: [u8; 32],
}

/// The answer to a key that came with another request before.
pub(crate) fn key_used() -> crate::Error {
    crate::Error::Conflict(
        "this Idempotency-Key came with another request before: send a fresh key with a new request".into(),
    )
}
