//! `croft.toml`, the project's own file: which project a folder belongs to.

use std::{
    fs,
    path::{Path, PathBuf},
};

use croft_sdk::client::ProjectRef;
use serde::Deserialize;

use crate::failure::Failure;

/// The name of the file.
const NAME: &str = "croft.toml";

/// What the file says that the client needs; what else is in it is for others.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Link {
    /// The project.
    pub(crate) project: Option<String>,
    /// The server it is on.
    pub(crate) server: Option<String>,
}

impl Link {
    /// Finds the file in `folder` or the nearest one above it.
    pub(crate) fn find(folder: &Path) -> Result<Self, Failure> {
        let Some(path) = folder.ancestors().map(|f| f.join(NAME)).find(|p| p.is_file()) else {
            return Ok(Self::default());
        };
        let wrong =
            |why: &dyn std::fmt::Display| Failure::usage(format!("{}: {why}", path.display()));
        let text = fs::read_to_string(&path).map_err(|e| wrong(&e))?;
        toml::from_str(&text).map_err(|e| wrong(&e))
    }

    /// The project, if it names one.
    pub(crate) fn project(&self) -> Result<Option<ProjectRef>, Failure> {
        Ok(self.project.as_deref().map(str::parse).transpose()?)
    }
}

/// Writes project and server into the folder's file, and leaves everything else in it.
pub(crate) fn write(folder: &Path, project: &str, server: &str) -> Result<PathBuf, Failure> {
    let path = folder.join(NAME);
    let wrong = |why: &dyn std::fmt::Display| Failure::usage(format!("{}: {why}", path.display()));
    let before = match fs::read_to_string(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        other => other.map_err(|e| wrong(&e))?,
    };
    let after = with_link(&before, project, server);
    // Only what still reads as it should is written.
    let check: Link = toml::from_str(&after).map_err(|e| wrong(&e))?;
    if check.project.as_deref() != Some(project) || check.server.as_deref() != Some(server) {
        return Err(wrong(&"write project and server into it by hand"));
    }
    let write = || -> std::io::Result<()> {
        let file = tempfile::NamedTempFile::new_in(folder)?;
        fs::write(file.path(), &after)?;
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        file.as_file().set_permissions(mode)?;
        file.persist(&path)?;
        Ok(())
    };
    write().map_err(|e| wrong(&e))?;
    Ok(path)
}

/// The text with both keys set: where they are, else before everything else.
fn with_link(before: &str, project: &str, server: &str) -> String {
    let mut missing = vec![("project", project), ("server", server)];
    let set = |(key, value): (&str, &str)| format!("{key} = \"{value}\"");
    let mut lines = Vec::new();
    let mut in_table = false;
    for line in before.lines() {
        in_table |= line.trim_start().starts_with('[');
        let key = line.split_once('=').map(|(key, _)| key.trim());
        let found = missing.iter().position(|(k, _)| !in_table && key == Some(k));
        lines.push(found.map_or_else(|| line.to_owned(), |at| set(missing.remove(at))));
    }
    let first = missing.into_iter().map(set);
    first.chain(lines).flat_map(|line| [line, "\n".to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_and_all_below_it_are_linked() {
        let dir = tempfile::tempdir().unwrap();
        let below = dir.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        write(dir.path(), "blog", "http://croft.localhost:8080").unwrap();
        let link = Link::find(&below).unwrap();
        assert_eq!(link.project().unwrap(), Some("blog".parse().unwrap()));
        assert_eq!(link.server.as_deref(), Some("http://croft.localhost:8080"));
    }

    #[test]
    fn everything_else_in_the_file_stays() {
        let before = "# mine\nproject=\"old\"\nname = \"x\"\n\n[build]\nserver = \"theirs\"\n";
        assert_eq!(
            with_link(before, "new", "http://s"),
            "server = \"http://s\"\n# mine\nproject = \"new\"\nname = \"x\"\n\n[build]\nserver = \"theirs\"\n"
        );
    }
}
