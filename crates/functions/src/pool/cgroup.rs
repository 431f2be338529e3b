//! Ceilings of memory that the kernel keeps for executor processes (cgroups(7)), where Croft may
//! set them: one for each process and one for all of them. The second wall behind what executors
//! count themselves.
//!
//! Both versions are known: of the first the `memory` hierarchy, of the second the unified one. A
//! group is made in the nearest group above Croft that lets it, so that what holds for Croft holds
//! for its executors too.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

/// What a group of Croft's is called, followed by the process id of the Croft it belongs to and the
/// number of its pool.
const NAME: &str = "croft-executors-";

static POOLS: AtomicU32 = AtomicU32::new(0);

/// What processes may hold in memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ceilings {
    pub(super) all: u64,
    pub(super) each: u64,
}

/// The kernel's two ways to keep groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// The group of all processes of a pool. The last to let go of it removes it.
#[derive(Debug)]
pub(super) struct Group {
    folder: PathBuf,
    version: Version,
    each: u64,
}

/// One process's place in it; removed when dropped, once the process is gone.
#[derive(Debug)]
pub(super) struct Place {
    folder: PathBuf,
    version: Version,
    _group: Arc<Group>,
}

impl Group {
    /// Makes the group below `mount`, where the groups of the machine are, and removes those that
    /// other Crofts left behind there. The text says why it cannot.
    pub(super) fn make(mount: &Path, ceilings: Ceilings) -> Result<Self, String> {
        let of_self = fs::read_to_string("/proc/self/cgroup")
            .map_err(|error| format!("/proc/self/cgroup: {error}"))?;
        let pool = POOLS.fetch_add(1, Relaxed);
        Self::make_for(mount, &of_self, &format!("{NAME}{}-{pool}", std::process::id()), ceilings)
    }

    fn make_for(
        mount: &Path,
        of_self: &str,
        name: &str,
        ceilings: Ceilings,
    ) -> Result<Self, String> {
        let Some((version, root, own)) = find(mount, of_self) else {
            return Err("the kernel has no groups that limit memory".to_owned());
        };
        let mut problem = String::new();
        for parent in own.ancestors() {
            let parent = root.join(parent);
            sweep(&parent);
            let group = Self { folder: parent.join(name), version, each: ceilings.each };
            // Of another Croft that had this one's process id.
            remove(&group.folder);
            match group.set_up(&parent, ceilings.all) {
                Ok(()) => return Ok(group),
                Err(error) => problem = format!("{}: {error}", parent.display()),
            }
        }
        Err(problem)
    }

    fn set_up(&self, parent: &Path, all: u64) -> io::Result<()> {
        self.hand_down(parent)?;
        make_limited(&self.folder, self.version, all)?;
        self.hand_down(&self.folder)
    }

    /// Lets the groups in a group have ceilings of memory; those of the first version always can.
    fn hand_down(&self, parent: &Path) -> io::Result<()> {
        let control = parent.join("cgroup.subtree_control");
        let can = || fs::read_to_string(&control).unwrap_or_default().split(' ').any(is_memory);
        if self.version == Version::One || can() { Ok(()) } else { fs::write(&control, "+memory") }
    }

    /// Puts a process into a group of its own, before it does anything.
    pub(super) fn admit(self: &Arc<Self>, name: u64, pid: u32) -> io::Result<Place> {
        let folder = self.folder.join(name.to_string());
        let place = Place { folder, version: self.version, _group: Arc::clone(self) };
        make_limited(&place.folder, self.version, self.each)?;
        fs::write(place.folder.join("cgroup.procs"), pid.to_string())?;
        Ok(place)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        remove(&self.folder);
    }
}

impl Place {
    /// Whether the kernel ended the process for want of memory: nearly always its own ceiling's.
    pub(super) fn was_out_of_memory(&self) -> bool {
        let file = match self.version {
            Version::One => "memory.oom_control",
            Version::Two => "memory.events",
        };
        let text = fs::read_to_string(self.folder.join(file)).unwrap_or_default();
        let mut counts = text.lines().filter_map(|line| line.strip_prefix("oom_kill "));
        counts.any(|count| count.trim() != "0")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.folder);
    }
}

fn is_memory(controller: &str) -> bool {
    controller.trim() == "memory"
}

/// By what this process is in: the version, the root of its hierarchy and the path in there.
fn find(mount: &Path, of_self: &str) -> Option<(Version, PathBuf, PathBuf)> {
    let lines = || of_self.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'));
    let below = |path: &str| PathBuf::from(path.trim_start_matches('/'));
    let one = lines().find(|(controllers, _)| controllers.split(',').any(is_memory));
    match one {
        Some((_, path)) => Some((Version::One, mount.join("memory"), below(path))),
        None => {
            let (_, path) = lines().find(|(controllers, _)| controllers.is_empty())?;
            let can = fs::read_to_string(mount.join("cgroup.controllers")).ok()?;
            let can = can.split(' ').any(is_memory);
            can.then(|| (Version::Two, mount.to_owned(), below(path)))
        }
    }
}

fn make_limited(folder: &Path, version: Version, bytes: u64) -> io::Result<()> {
    fs::create_dir(folder)?;
    // The first version counts memory and swap together.
    let (memory, swap, swap_bytes) = match version {
        Version::One => ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", bytes),
        Version::Two => ("memory.max", "memory.swap.max", 0),
    };
    fs::write(folder.join(memory), bytes.to_string())?;
    // Not there where the kernel does not count swap.
    let _ = fs::write(folder.join(swap), swap_bytes.to_string());
    Ok(())
}

/// Removes the groups of Crofts that are gone.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix(NAME)?.split('-').next());
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            remove(&entry.path());
        }
    }
}

/// Removes a group and those in it, as far as no process is in them.
fn remove(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let _ = fs::remove_dir(entry.path());
        }
    }
    let _ = fs::remove_dir(folder);
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    const CEILINGS: Ceilings = Ceilings { all: 5000, each: 300 };

    /// Folders with the files of the second version.
    fn second(folders: &[(&str, &str)]) -> TempDir {
        let mount = tempfile::tempdir().unwrap();
        fs::write(mount.path().join("cgroup.controllers"), "cpu io memory pids\n").unwrap();
        for (folder, control) in folders {
            let folder = mount.path().join(folder);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("cgroup.subtree_control"), control).unwrap();
        }
        mount
    }

    fn read(path: impl AsRef<Path>) -> String {
        let path = path.as_ref();
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    #[test]
    fn in_the_second_version_memory_is_handed_down() {
        let mount = second(&[("", "cpu memory\n"), ("a.slice", ""), ("a.slice/croft", "")]);
        let own = mount.path().join("a.slice/croft");
        let group = Group::make_for(mount.path(), "0::/a.slice/croft\n", "g", CEILINGS).unwrap();
        assert_eq!(read(own.join("cgroup.subtree_control")), "+memory");
        assert_eq!(read(own.join("g/memory.max")), "5000");
        assert_eq!(read(own.join("g/memory.swap.max")), "0");
        assert_eq!(read(own.join("g/cgroup.subtree_control")), "+memory");
        let place = Arc::new(group).admit(3, 4711).unwrap();
        assert_eq!(read(own.join("g/3/memory.max")), "300");
        assert_eq!(read(own.join("g/3/cgroup.procs")), "4711");
        for (count, ended) in [("max 2\noom_kill 0\n", false), ("max 2\noom_kill 1\n", true)] {
            fs::write(own.join("g/3/memory.events"), count).unwrap();
            assert_eq!(place.was_out_of_memory(), ended);
        }
    }

    #[test]
    fn a_group_that_cannot_have_others_leaves_it_to_the_one_above() {
        let mount = second(&[("", ""), ("a", "memory"), ("a/b", "")]);
        // As where processes are in the group itself: there it cannot be written.
        fs::remove_file(mount.path().join("a/b/cgroup.subtree_control")).unwrap();
        fs::create_dir(mount.path().join("a/b/cgroup.subtree_control")).unwrap();
        let group = Group::make_for(mount.path(), "0::/a/b\n", "g", CEILINGS).unwrap();
        assert_eq!(group.folder, mount.path().join("a/g"));
        let nowhere = tempfile::tempdir().unwrap();
        for (mount, of_self) in
            [(nowhere.path(), "0::/a\n"), (mount.path(), "1:cpu:/a\n"), (mount.path(), "")]
        {
            assert!(Group::make_for(mount, of_self, "g", CEILINGS).is_err(), "{of_self}");
        }
    }

    #[test]
    fn the_first_version_is_preferred_where_it_has_the_memory() {
        let mount = second(&[("memory/x", "")]);
        let of_self = "9:name=systemd:/y\n4:cpu,memory:/x\n0::/z\n";
        let group = Arc::new(Group::make_for(mount.path(), of_self, "g", CEILINGS).unwrap());
        let folder = mount.path().join("memory/x/g");
        assert_eq!(read(folder.join("memory.limit_in_bytes")), "5000");
        assert_eq!(read(folder.join("memory.memsw.limit_in_bytes")), "5000");
        let place = group.admit(1, 4711).unwrap();
        assert_eq!(read(folder.join("1/memory.limit_in_bytes")), "300");
        for (count, ended) in [("oom_kill_disable 0\n", false), ("under_oom 0\noom_kill 1\n", true)]
        {
            fs::write(folder.join("1/memory.oom_control"), count).unwrap();
            assert_eq!(place.was_out_of_memory(), ended);
        }
    }

    #[test]
    fn what_other_crofts_left_is_removed_and_what_they_use_is_not() {
        let mount = second(&[("memory/x", "")]);
        let folder = mount.path().join("memory/x");
        let alive = format!("{NAME}{}-5", std::process::id());
        for name in [&alive, "croft-executors-4194305-0", "croft-executors-x", "other"] {
            fs::create_dir_all(folder.join(name).join("17")).unwrap();
        }
        Group::make_for(mount.path(), "4:memory:/x\n", "g", CEILINGS).unwrap();
        let left = |name: &str| folder.join(name).join("17").exists();
        assert!(left(&alive) && left("other"));
        assert!(!left("croft-executors-4194305-0") && !left("croft-executors-x"));
    }
}
