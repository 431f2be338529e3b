//! Bytes that all requests share, with a share for each client and each project.
//!
//! Whoever does not end what it began holds bytes for as long as it may; without shares one client
//! could hold all of them, and everybody else would be turned away. Three counts have to agree, so
//! they are kept under a lock, held for a few look-ups and only for requests that have bytes.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use croft_model::id::ProjectId;

use crate::client::counted_as;

/// No client and no project has more than this part of a room.
const SHARES: usize = 8;

/// For whom bytes are held.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder {
    client: IpAddr,
    project: ProjectId,
}

impl Holder {
    /// That client, an IPv6 one with all of its /64, asking that project.
    pub(crate) fn new(client: IpAddr, project: ProjectId) -> Self {
        Self { client: counted_as(client), project }
    }
}

/// There is no room for so many bytes now: none at all, or none of the client's or project's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// So many bytes, and who has how many of them.
#[derive(Debug)]
pub(crate) struct Room {
    all: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    clients: HashMap<IpAddr, usize>,
    projects: HashMap<ProjectId, usize>,
}

impl Room {
    pub(crate) fn new(bytes: u32) -> Arc<Self> {
        let all = usize::try_from(bytes).unwrap_or(usize::MAX);
        Arc::new(Self { all, taken: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, taken: &Taken, holder: Holder, bytes: usize) -> Result<(), Full> {
        let of_client = taken.clients.get(&holder.client).copied().unwrap_or_default();
        let of_project = taken.projects.get(&holder.project).copied().unwrap_or_default();
        let share = self.all / SHARES;
        let fits = |held: usize, most: usize| held.saturating_add(bytes) <= most;
        let all_fit =
            fits(taken.all, self.all) && fits(of_client, share) && fits(of_project, share);
        all_fit.then_some(()).ok_or(Full)
    }

    /// Nothing yet, to be added to.
    pub(crate) fn hold(self: &Arc<Self>, holder: Holder) -> Held {
        Held { room: Arc::clone(self), holder, bytes: 0 }
    }
}

/// Bytes held until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    room: Arc<Room>,
    holder: Holder,
    bytes: usize,
}

impl Held {
    /// Whether so many more, or the whole share if that is less, could be held now.
    pub(crate) fn could_add(&self, bytes: u64) -> bool {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX).min(self.room.all / SHARES);
        self.room.check(&self.room.lock(), self.holder, bytes).is_ok()
    }

    /// Holds so many more, or as many as before.
    pub(crate) fn add(&mut self, bytes: usize) -> Result<(), Full> {
        if bytes == 0 {
            return Ok(());
        }
        let mut taken = self.room.lock();
        self.room.check(&taken, self.holder, bytes)?;
        taken.all += bytes;
        *taken.clients.entry(self.holder.client).or_default() += bytes;
        *taken.projects.entry(self.holder.project).or_default() += bytes;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.bytes > 0 {
            let mut taken = self.room.lock();
            taken.all -= self.bytes;
            give_back(&mut taken.clients, &self.holder.client, self.bytes);
            give_back(&mut taken.projects, &self.holder.project, self.bytes);
        }
    }
}

fn give_back<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K, bytes: usize) {
    if let Some(count) = counts.get_mut(key) {
        *count -= bytes;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_is_given_back_leaves_nothing_behind() {
        let room = Room::new(80);
        let holder = |client: &str, project| {
            Holder::new(client.parse().unwrap(), ProjectId::from_uuid(Uuid::from_u128(project)))
        };
        let mut held = room.hold(holder("2001:db8::1", 1));
        assert_eq!((held.add(7), held.add(4), held.add(3)), (Ok(()), Err(Full), Ok(())));
        assert_eq!(room.hold(holder("2001:db8::2", 2)).add(1), Err(Full), "of the same /64");
        assert_eq!(room.hold(holder("2001:db8:0:1::1", 1)).add(1), Err(Full), "of the project");
        assert_eq!(room.hold(holder("2001:db8:0:1::1", 2)).add(10), Ok(()));
        drop(held);
        let taken = room.lock();
        assert_eq!((taken.all, taken.clients.len(), taken.projects.len()), (0, 0, 0));
    }
}
