//! Who the server runs as, and how a program is started as that user.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
    process::Stdio,
};

use tokio::process::Command;

use super::error::{ClusterError, Doing};

/// Where the helper programs and what the server calls are looked for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The user that runs the server: Croft's own, or, as root, an unprivileged one.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) uid: u32,
    gid: u32,
    name: String,
    /// Whether Croft is root, so that rights are dropped and files handed over.
    pub(super) drops: bool,
}

impl Identity {
    /// As root the user of that name (from `/etc/passwd`, where packages put system users), else
    /// the one Croft runs as.
    pub(super) fn resolve(os_user: &str) -> Result<Self, ClusterError> {
        let me = rustix::process::geteuid();
        if !me.is_root() {
            let gid = rustix::process::getegid().as_raw();
            return Ok(Self { uid: me.as_raw(), gid, name: me.to_string(), drops: false });
        }
        let users = fs::read_to_string("/etc/passwd").doing(|| "read /etc/passwd".into())?;
        let (uid, gid) = find_user(&users, os_user)
            .filter(|(uid, _)| *uid != 0)
            .ok_or_else(|| ClusterError::UnknownUser(os_user.to_owned()))?;
        Ok(Self { uid, gid, name: os_user.to_owned(), drops: true })
    }

    /// A command that runs as this user, in a session of its own (a Ctrl-C in Croft's terminal is
    /// not meant for it), with nothing of Croft's environment (which may hold keys) and no input.
    pub(super) fn command(&self, program: &Path) -> Command {
        #[expect(clippy::disallowed_methods, reason = "providers may spawn processes")]
        let mut command = Command::new("setsid");
        if self.drops {
            command
                .args(["setpriv", "--clear-groups", "--no-new-privs", "--inh-caps=-all"])
                .arg(format!("--reuid={}", self.uid))
                .arg(format!("--regid={}", self.gid))
                .arg("--");
        }
        command.arg(program).env_clear().env("PATH", PATH).env("LC_ALL", "C").stdin(Stdio::null());
        command
    }

    /// Hands a file or directory to this user.
    pub(super) fn own(&self, path: &Path) -> io::Result<()> {
        if self.drops { chown(path, Some(self.uid), Some(self.gid)) } else { Ok(()) }
    }

    /// Makes sure that this user may pass through `dir`, which is Croft's, and all above it.
    pub(super) fn open_way(&self, dir: &Path, ours: &Path) -> Result<(), ClusterError> {
        if !self.drops {
            return Ok(());
        }
        for dir in dir.ancestors() {
            let look = || format!("look at {}", dir.display());
            let meta = fs::metadata(dir).doing(look)?;
            if self.may_pass(&meta) {
                continue;
            }
            if !dir.starts_with(ours) || meta.uid() != 0 {
                return Err(ClusterError::NoPassage {
                    user: self.name.clone(),
                    dir: dir.to_owned(),
                });
            }
            tracing::info!(dir = %dir.display(), user = %self.name, "letting the server's user pass");
            let mode = fs::Permissions::from_mode(meta.mode() & 0o7777 | 0o011);
            fs::set_permissions(dir, mode).doing(look)?;
        }
        Ok(())
    }

    fn may_pass(&self, meta: &fs::Metadata) -> bool {
        let shift = match meta {
            meta if meta.uid() == self.uid => 6,
            meta if meta.gid() == self.gid => 3,
            _ => 0,
        };
        meta.mode() >> shift & 1 == 1
    }
}

/// Looks a name up in text of the form of passwd(5).
fn find_user(users: &str, name: &str) -> Option<(u32, u32)> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then_some(())?;
        Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users = "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:,,,:/var:/bin/bash\n";
        assert_eq!(find_user(users, "postgres"), Some((101, 104)));
        assert_eq!(find_user(users, "post"), None);
    }
}
