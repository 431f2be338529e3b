//! Small files that are there whole or not at all.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use croft_ports::Entropy;
use data_encoding::BASE32_NOPAD;
use rustix::fs::OFlags;
use secrecy::{ExposeSecret, SecretString};

/// Longest file that is read here, in bytes.
const LONGEST: u64 = 4096;

/// Writes beside, syncs, renames into place and syncs the directory. The directory must be one
/// that only Croft can write.
pub(super) fn write_durably(path: &Path, content: &str, mode: u32) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".tmp");
    // A left-over may have another mode.
    remove_if_present(beside.as_ref())?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside)?;
    // The umask may have taken bits away.
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    sync_parent(path)
}

/// Makes a rename in the parent of `path` last.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

/// Removes a file; its absence is as good.
pub(super) fn remove_if_present(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The beginning of a small file, or none when there is none. Follows no link and waits on no
/// pipe: the server's user, who may be hostile after a break-in, owns some of what is read.
pub(super) fn read_small(path: &Path) -> io::Result<Option<String>> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let mut content = String::new();
    match file {
        Ok(file) => file.take(LONGEST).read_to_string(&mut content)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(content))
}

/// The password kept in a file, if it is there.
pub(super) fn read_password(path: &Path) -> io::Result<Option<SecretString>> {
    Ok(read_small(path)?.map(|text| text.trim_end().to_owned().into()))
}

/// The password kept in a file, or a new one (160 random bits in base32) that is on disk before
/// this returns.
pub(super) fn password(path: &Path, entropy: &dyn Entropy) -> io::Result<SecretString> {
    if let Some(password) = read_password(path)? {
        return Ok(password);
    }
    let password = SecretString::from(BASE32_NOPAD.encode(&entropy.bytes::<20>()).to_lowercase());
    write_durably(path, password.expose_secret(), 0o600)?;
    Ok(password)
}
