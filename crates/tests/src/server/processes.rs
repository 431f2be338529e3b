//! Processes as `/proc` shows them (proc(5)): found by the folder they work in, ended by their ids.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// How long a killed process may take to be gone.
const GONE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// All processes that work in the folder or name it on their command line. With a temporary folder
/// these can only be a test's own.
pub fn at_work_in(folder: &Path) -> Vec<Pid> {
    let name = folder.to_str().unwrap();
    let is_in = |pid: &Pid| {
        let at = format!("/proc/{}", pid.as_raw_nonzero());
        let says = fs::read(format!("{at}/cmdline")).unwrap_or_default();
        fs::read_link(format!("{at}/cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
            || String::from_utf8_lossy(&says).contains(name)
    };
    let own = rustix::process::getpid();
    all().filter(|pid| *pid != own && !has_ended(*pid)).filter(is_in).collect()
}

/// The processes that this one started and has not outlived.
pub fn children_of(parent: Pid) -> Vec<Pid> {
    let parent = parent.as_raw_nonzero().get();
    all().filter(|pid| stat(*pid).is_some_and(|(_, of)| of == parent)).collect()
}

/// Bytes of a process that are in memory.
pub fn resident_bytes(pid: Pid) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// Sends a signal; one that has ended needs none.
pub fn signal(pid: Pid, signal: Signal) {
    match kill_process(pid, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => {}
        Err(error) => panic!("cannot signal {}: {error}", pid.as_raw_nonzero()),
    }
}

/// Kills them and waits until they have ended.
pub fn kill(pids: &[Pid]) {
    for pid in pids {
        signal(*pid, Signal::KILL);
    }
    wait_for_end(pids);
}

/// Waits until all have ended, and panics when they do not.
pub fn wait_for_end(pids: &[Pid]) {
    let deadline = Instant::now() + GONE;
    while let Some(pid) = pids.iter().find(|pid| !has_ended(**pid)) {
        let pid = pid.as_raw_nonzero();
        assert!(Instant::now() < deadline, "process {pid} does not end");
        thread::sleep(LOOK_EVERY);
    }
}

/// Whether it is gone, or dead and only not yet reaped by its parent.
fn has_ended(pid: Pid) -> bool {
    stat(pid).is_none_or(|(state, _)| state == 'Z' || state == 'X')
}

fn all() -> impl Iterator<Item = Pid> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
}

/// State and parent. The name before them, in brackets, can hold anything.
fn stat(pid: Pid) -> Option<(char, i32)> {
    let text = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}
