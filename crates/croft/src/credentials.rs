//! Where sign-ins are kept: one file of this user's, mode 0600, an entry for each server.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    failure::{Exit, Failure},
    settings::Env,
};

/// All sign-ins of this user.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Credentials {
    /// The server meant when none is named: the last one signed in to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) current: Option<String>,
    /// By the server's origin.
    #[serde(default)]
    pub(crate) servers: BTreeMap<String, SignIn>,
}

/// A sign-in at one server.
#[derive(Serialize, Deserialize)]
pub(crate) struct SignIn {
    /// Who.
    pub(crate) email: String,
    /// The session's or API token's secret.
    pub(crate) token: String,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignIn({}, ***)", self.email)
    }
}

/// `croft/credentials.toml` in the user's configuration folder.
pub(crate) fn path(env: &Env) -> Result<PathBuf, Failure> {
    env.folder("XDG_CONFIG_HOME", ".config")
        .map(|folder| folder.join("croft/credentials.toml"))
        .ok_or_else(|| Failure::usage("set HOME or XDG_CONFIG_HOME, to keep sign-ins there"))
}

impl Credentials {
    /// Reads them; none when the file is not there.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = match fs::read_to_string(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            other => other.map_err(|e| broken(path, &e))?,
        };
        // Not the parser's own words: they quote the line, which may hold a token.
        toml::from_str(&text).map_err(|_| broken(path, &"it is not as Croft wrote it"))
    }

    /// Writes them as a whole: a crash leaves the old file or the new one.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let write = || -> std::io::Result<()> {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            let text = toml::to_string(self).map_err(std::io::Error::other)?;
            // Made with mode 0600.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.as_file().set_permissions(fs::Permissions::from_mode(0o600))?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(|e| broken(path, &e))
    }
}

fn broken(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    let path = path.display();
    let message = format!("{path}: {why}. Put it right, or remove the file and sign in again");
    Failure::new(Exit::Failed, "credentials", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_for_this_user_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/croft/credentials.toml");
        assert!(Credentials::read(&path).unwrap().servers.is_empty());
        let mut credentials =
            Credentials { current: Some("http://a".into()), ..Default::default() };
        let sign_in = SignIn { email: "ada@example.com".into(), token: "croft_ses_x".into() };
        credentials.servers.insert("http://a".into(), sign_in);
        credentials.write(&path).unwrap();
        let mode = |p: &Path| p.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        let read = Credentials::read(&path).unwrap();
        assert_eq!(read.servers["http://a"].token, "croft_ses_x");
        assert!(!format!("{read:?}").contains("croft_ses_x"));

        fs::write(&path, "token = croft_ses_x").unwrap();
        let failure = Credentials::read(&path).unwrap_err().text();
        assert!(!failure.contains("croft_ses_x") && failure.contains("sign in again"), "{failure}");
    }
}
