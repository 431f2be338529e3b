//! What answers have in common: lists by the page, and what the caller may do with each thing.

use croft_model::{
    id::{Id, Kind, TeamId},
    permissions::Permission,
};
use croft_store::{
    NamedPage, PageRequest, Team, Tx,
    idempotency::{Attempt, Before},
};
use uuid::Uuid;

use crate::{App, Caller, Error, Result};

/// The page of a list that is asked for; of one by name, `A` is the kind of name.
#[derive(Debug, Clone, Copy)]
pub struct Page<A = Uuid> {
    /// The last id or name of the page before.
    pub after: Option<A>,
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

impl<A: AsRef<str>> Page<A> {
    pub(crate) fn named(&self) -> NamedPage<'_> {
        let limit = i64::from(self.limit.clamp(1, 200));
        NamedPage { after: self.after.as_ref().map(AsRef::as_ref), limit }
    }
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Listed<T, A = Uuid> {
    /// The items.
    pub items: Vec<T>,
    /// What to give as `after` for the next page; `None` on the last.
    pub next: Option<A>,
}

impl<T> Listed<T> {
    /// All there is.
    pub fn all(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

impl<T, A> Listed<T, A> {
    /// What was found for [`Page::named`], and whether there is more.
    pub(crate) fn named((items, more): (Vec<T>, bool), name: impl Fn(&T) -> A) -> Self {
        let next = if more { items.last().map(name) } else { None };
        Self { items, next }
    }

    /// The same page of something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Listed<U, A> {
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
pub(crate) fn key_used() -> Error {
    Error::Conflict(
        "this Idempotency-Key came with another request before: send a fresh key with a new request".into(),
    )
}

/// The id under which to make something that has a secret: `fresh`, or when the key came before,
/// the id of what it made then. That one's secret was shown in an answer nobody got and cannot be
/// shown again, so `forget` removes it, saying whether it was still there, and it is made anew.
pub(crate) async fn once<K: Kind>(
    app: &App,
    tx: &mut Tx<Team>,
    caller: &Caller,
    team: TeamId,
    key: Option<&IdempotencyKey>,
    fresh: Id<K>,
    forget: impl AsyncFnOnce(&mut Tx<Team>, Id<K>) -> croft_store::Result<bool>,
) -> Result<Id<K>> {
    let Some(key) = key else { return Ok(fresh) };
    let user = caller.principal.user;
    let attempt = Attempt { user, key: &key.key, fingerprint: &key.fingerprint, team };
    match tx.attempt(attempt, fresh.uuid(), app.now()).await? {
        Before::Nothing => Ok(fresh),
        Before::Made(id) => {
            let id = Id::from_uuid(id);
            if forget(tx, id).await? {
                Ok(id)
            } else {
                Err(Error::Conflict("what this key made is gone".into()))
            }
        }
        Before::Another => Err(key_used()),
    }
}
