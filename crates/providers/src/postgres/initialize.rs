//! Making a cluster, all or nothing, and telling what is there.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::Path,
    time::Duration,
};

use croft_ports::Entropy;
use rustix::process::Signal;
use secrecy::{ExposeSecret, SecretString};

use super::{
    binaries::Binaries,
    error::{ClusterError, Doing},
    files,
    identity::Identity,
    layout::Layout,
    process::postgres_in,
};

/// The superuser of every cluster; only Croft's own housekeeping uses it.
pub(super) const SUPERUSER: &str = "croft_root";

/// How long initdb may take; a second on a good disk.
const INITDB_TIMEOUT: Duration = Duration::from_mins(3);

/// How long a killed process may take to be gone.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);

/// The binaries that fit what is in `data`: of its major version, or the newest when it is empty.
/// Changes nothing. `true` when a cluster is there.
pub(super) fn choose(
    data: &Path,
    installed: &[Binaries],
) -> Result<(Binaries, bool), ClusterError> {
    let looking = || format!("look at the cluster {}", data.display());
    let newest = installed.first().ok_or_else(|| ClusterError::NotACluster(data.to_owned()))?;
    let empty = match fs::read_dir(data) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        listed => listed.doing(looking)?.next().is_none(),
    };
    if empty {
        return Ok((newest.clone(), false));
    }
    let version = files::read_small(&data.join("PG_VERSION")).doing(looking)?;
    let made_by = version.as_deref().map(str::trim).unwrap_or_default();
    if made_by.is_empty() || !made_by.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err(ClusterError::NotACluster(data.to_owned()));
    }
    match installed.iter().find(|binaries| binaries.major().to_string() == made_by) {
        Some(binaries) => Ok((binaries.clone(), true)),
        None => Err(ClusterError::OtherMajor {
            data: data.to_owned(),
            made_by: made_by.to_owned(),
            installed: installed
                .iter()
                .map(|binaries| binaries.major().to_string())
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}

/// The password of a cluster that is there, which must be the server user's.
pub(super) fn check(layout: &Layout, identity: &Identity) -> Result<SecretString, ClusterError> {
    let data = layout.data();
    let uid = fs::metadata(&data).doing(|| format!("look at {}", data.display()))?.uid();
    if uid != identity.uid {
        return Err(ClusterError::ForeignOwner {
            path: data,
            uid,
            expected: identity.uid,
            hint: "start Croft as the user it was first started as, with the same user for the \
                   server",
        });
    }
    let path = layout.password();
    files::read_password(&path)
        .doing(|| format!("read {}", path.display()))?
        .ok_or(ClusterError::LostPassword { data, password: path })
}

/// Makes the cluster beside its place and moves it there when it is whole, so that being killed
/// at any point leaves none. The password is durable before the cluster is to be seen.
pub(super) async fn initialize(
    layout: &Layout,
    identity: &Identity,
    binaries: &Binaries,
    throwaway: bool,
    entropy: &dyn Entropy,
) -> Result<SecretString, ClusterError> {
    let (unfinished, data, pwfile) = (layout.unfinished(), layout.data(), layout.pwfile());
    let making = || format!("make a cluster in {}", unfinished.display());
    tracing::info!(postgres.data = %data.display(), postgres.major = binaries.major(), "making a cluster");
    clear(&unfinished, &pwfile).await.doing(making)?;
    let password = files::password(&layout.password(), entropy)
        .doing(|| format!("write {}", layout.password().display()))?;
    DirBuilder::new().mode(0o700).create(&unfinished).doing(making)?;
    identity.own(&unfinished).doing(making)?;
    files::write_durably(&pwfile, password.expose_secret(), 0o600).doing(making)?;
    identity.own(&pwfile).doing(making)?;

    let program = binaries.program("initdb");
    let mut command = identity.command(&program);
    command
        .arg("--pgdata")
        .arg(&unfinished)
        .arg(format!("--username={SUPERUSER}"))
        .arg("--pwfile")
        .arg(&pwfile)
        // Sorting by bytes is the same for ever; the C library's orders change with its version
        // and break indexes.
        .args(["--auth=scram-sha-256", "--encoding=UTF8", "--lc-collate=C", "--locale=C.UTF-8"])
        .args(["--lc-messages=C", "--data-checksums", "--no-instructions"])
        .args(throwaway.then_some("--no-sync"))
        // By this a successor finds it, should this process be killed meanwhile.
        .current_dir(&unfinished)
        .kill_on_drop(true);
    let output = tokio::time::timeout(INITDB_TIMEOUT, command.output()).await;
    let failed = |said| ClusterError::Program { program: program.clone(), said };
    let output = output
        .map_err(|_| failed(format!("no end within {} s", INITDB_TIMEOUT.as_secs())))?
        .doing(|| "start initdb (by setsid and setpriv of the package util-linux)".into())?;
    files::remove_if_present(&pwfile).doing(making)?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    fs::rename(&unfinished, &data)
        .and_then(|()| files::sync_parent(&data))
        .doing(|| format!("move the finished cluster to {}", data.display()))?;
    Ok(password)
}

/// Removes what an initdb that was killed, or whose Croft was, has left.
async fn clear(unfinished: &Path, pwfile: &Path) -> io::Result<()> {
    for process in postgres_in(unfinished)? {
        process.signal(Signal::KILL)?;
        tokio::time::timeout(KILL_TIMEOUT, process.ended()).await??;
    }
    match fs::remove_dir_all(unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    files::remove_if_present(pwfile)
}
