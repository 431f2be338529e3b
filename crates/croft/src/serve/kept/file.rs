//! The file: what it is a file of, a key wrapped by the master key, and pieces sealed with that key.
//! It is written beside its place and put there whole; what was killed while it wrote left the file
//! before in place.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use croft_ports::{
    Entropy,
    route_source::{ProjectRoutes, RouteDelta},
};
use croft_store::{FileKey, KeyRing, SealError};
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::form::{Head, Project, VERSION};

/// The first bytes, in any version.
const MAGIC: &[u8; 12] = b"croft routes";
/// Bytes of a piece, about: it ends with the project that fills it.
const PIECE: usize = 1024 * 1024;
/// Bytes of a piece, at most, with what seals it.
const PIECE_MOST: usize = 64 * 1024 * 1024;
/// Bytes of the file, at most.
const MOST: u64 = 1024 * 1024 * 1024;

/// A state that was kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) head: Head,
    pub(super) projects: Vec<ProjectRoutes>,
}

impl Kept {
    /// As the first that the edge reads.
    pub(super) fn whole(self) -> RouteDelta {
        let (generation, projects) = (self.head.generation, self.projects);
        RouteDelta { generation, whole: true, projects, gone: Vec::new() }
    }
}

/// Why a kept state is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("it cannot be read")]
    Io(#[from] io::Error),
    #[error("it is not one, or of another version of Croft")]
    Other,
    #[error("it is sealed with another master key")]
    Key,
    #[error("it is damaged")]
    Damaged,
}

impl From<SealError> for Unreadable {
    fn from(error: SealError) -> Self {
        match error {
            SealError::UnknownKey(_) => Self::Key,
            SealError::Broken => Self::Damaged,
        }
    }
}

/// Where a piece stands; the first is the number 0.
fn place(piece: usize) -> String {
    format!("kept routes {VERSION} piece {piece}")
}

/// Where the file's key stands.
fn key_place() -> String {
    format!("kept routes {VERSION}")
}

/// What is before the wrapped key.
fn beginning() -> Vec<u8> {
    [&MAGIC[..], &VERSION.to_le_bytes()].concat()
}

/// Writes a state in the place of the one before; how many bytes it has.
pub(super) fn write(
    path: &Path,
    (ring, entropy): (&KeyRing, &dyn Entropy),
    head: Head,
    projects: impl Iterator<Item = Arc<Project>>,
) -> io::Result<u64> {
    replace(path, |file| {
        let key = FileKey::generate(entropy);
        file.write_all(&beginning())?;
        file.write_all(&key.wrap(ring, entropy, &key_place()))?;
        let mut pieces = Pieces { file, key, entropy, number: 0, written: 0 };
        let mut piece = Zeroizing::new(Vec::with_capacity(PIECE + PIECE / 2));
        add(&mut piece, &head)?;
        for project in projects {
            add(&mut piece, &*project)?;
            if piece.len() >= PIECE {
                pieces.write(&mut piece)?;
            }
        }
        pieces.write(&mut piece)?;
        Ok(pieces.written)
    })
}

/// Appends a value.
fn add(piece: &mut Zeroizing<Vec<u8>>, value: &impl Serialize) -> io::Result<()> {
    let before = std::mem::take(&mut **piece);
    **piece = postcard::to_extend(value, before).map_err(io::Error::other)?;
    Ok(())
}

struct Pieces<'a> {
    file: &'a mut File,
    key: FileKey,
    entropy: &'a dyn Entropy,
    number: usize,
    written: u64,
}

impl Pieces<'_> {
    /// Writes what there is of a piece and begins the next.
    fn write(&mut self, piece: &mut Zeroizing<Vec<u8>>) -> io::Result<()> {
        if piece.is_empty() {
            return Ok(());
        }
        let sealed = self.key.seal(self.entropy, piece, &place(self.number));
        self.number += 1;
        self.written += 4 + sealed.len() as u64;
        let length = u32::try_from(sealed.len()).unwrap_or(u32::MAX);
        if sealed.len() > PIECE_MOST || self.written > MOST {
            return Err(io::Error::other(format!("it is larger than {MOST} bytes")));
        }
        piece.clear();
        self.file.write_all(&length.to_le_bytes())?;
        self.file.write_all(&sealed)
    }
}

/// Puts what is written in the place of what was there, durably, or leaves that as it is.
fn replace<T>(path: &Path, write: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
    let beside = beside(path);
    remove(&beside)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    let written = write(&mut file).and_then(|written| {
        file.sync_all()?;
        fs::rename(&beside, path)?;
        File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()?;
        Ok(written)
    });
    if written.is_err() {
        // Half a file is of no use, and the disk may be full.
        let _ = remove(&beside);
    }
    written
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("kept.new")
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The file, its key, and how many bytes follow; `None` without a file.
fn open(path: &Path, ring: &KeyRing) -> Result<Option<(File, FileKey, u64)>, Unreadable> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let length = file.metadata()?.len();
    let mut head = vec![0; beginning().len() + FileKey::WRAPPED];
    if length < head.len() as u64 || length > MOST + head.len() as u64 {
        return Err(Unreadable::Other);
    }
    file.read_exact(&mut head)?;
    let wrapped = head.strip_prefix(&*beginning()).ok_or(Unreadable::Other)?;
    let key = FileKey::unwrap(ring, wrapped, &key_place())?;
    Ok(Some((file, key, length - head.len() as u64)))
}

/// Whether there is a kept state whose key is at hand.
pub(super) fn is_there(path: &Path, ring: &KeyRing) -> Result<bool, Unreadable> {
    open(path, ring).map(|file| file.is_some())
}

/// The kept state, all of it or an error; `None` without a file.
pub(super) fn read(path: &Path, ring: &KeyRing) -> Result<Option<Kept>, Unreadable> {
    let Some((mut file, key, mut left)) = open(path, ring)? else { return Ok(None) };
    let (mut head, mut projects, mut number) = (None, Vec::new(), 0);
    while left > 0 {
        let mut length = [0; 4];
        left = left.checked_sub(4).ok_or(Unreadable::Damaged)?;
        file.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length);
        left = left.checked_sub(length.into()).ok_or(Unreadable::Damaged)?;
        let length = usize::try_from(length).ok().filter(|length| *length <= PIECE_MOST);
        let mut sealed = vec![0; length.ok_or(Unreadable::Damaged)?];
        file.read_exact(&mut sealed)?;
        let piece = key.open(&sealed, &place(number))?;
        number += 1;
        let mut rest = &**piece;
        if head.is_none() {
            head = Some(take::<Head>(&mut rest)?);
        }
        while !rest.is_empty() {
            let project = take::<Project>(&mut rest)?;
            projects.push(project.routes().ok_or(Unreadable::Damaged)?);
        }
    }
    // Without its last pieces it would be whole pieces, too.
    let head = head.filter(|head| head.projects == projects.len() as u64);
    Ok(Some(Kept { head: head.ok_or(Unreadable::Damaged)?, projects }))
}

fn take<T: DeserializeOwned>(rest: &mut &[u8]) -> Result<T, Unreadable> {
    let (value, after) = postcard::take_from_bytes(rest).map_err(|_| Unreadable::Damaged)?;
    *rest = after;
    Ok(value)
}

/// Wraps the file's key with the ring's first key; nothing without a file.
pub(super) fn rewrap(path: &Path, ring: &KeyRing, entropy: &dyn Entropy) -> Result<(), Unreadable> {
    let Some((mut file, key, _)) = open(path, ring)? else { return Ok(()) };
    replace(path, |fresh| {
        fresh.write_all(&beginning())?;
        fresh.write_all(&key.wrap(ring, entropy, &key_place()))?;
        io::copy(&mut file, fresh)
    })?;
    Ok(())
}
