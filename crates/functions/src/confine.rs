//! How an executor process gives up everything it does not need before it reads a script.
//!
//! It runs while the process has one thread, so that what holds for the thread holds for all
//! that come. Each step must succeed, or the process ends: half a wall is none.

use std::{collections::BTreeMap, io};

use libc::c_long;
use rustix::{
    process::{self, DumpableBehavior, Gid, Resource, Rlimit, Signal, Uid},
    thread::{self, UnshareFlags},
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use crate::frame::{Hello, MAX_LANES};

/// File descriptors: the socket twice (as standard input and ours), output and errors.
const MAX_FILES: u64 = 4;

/// How much nicer than Croft it is to others who want the processor.
const NICENESS: i32 = 10;

/// Confines this process; the text says which step failed and is for the operator.
pub(crate) fn confine(hello: &Hello) -> Result<(), String> {
    let step = |what: &'static str| {
        move |error: io::Error| format!("an executor process could not {what}: {error}")
    };
    give_way().map_err(step("give way to Croft"))?;
    // Then the network and the file system: both need the root that is given up next.
    if process::geteuid().is_root() {
        let user = hello
            .user
            .filter(|user| *user != 0)
            .ok_or("an executor process was started as root without a user of its own; set one")?;
        leave_namespaces().map_err(step("leave the host's network"))?;
        become_user(user).map_err(step("become its own user"))?;
    }
    limits(hello).map_err(step("set its limits"))?;
    // After the change of user, which resets both.
    process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(io::Error::from)
        .map_err(step("refuse to be traced"))?;
    process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(io::Error::from)
        .map_err(step("bind its life to Croft's"))?;
    thread::set_no_new_privs(true)
        .map_err(io::Error::from)
        .map_err(step("give up new privileges"))?;
    filter_system_calls().map_err(|e| format!("an executor process could not filter calls: {e}"))
}

/// Where memory or time is short it is Croft's and everybody's own, then this process's.
fn give_way() -> io::Result<()> {
    std::fs::write("/proc/self/oom_score_adj", "1000")?;
    process::nice(NICENESS)?;
    Ok(())
}

#[expect(deprecated, reason = "its hazard is another thread's view of shared files; we have one")]
fn leave_namespaces() -> io::Result<()> {
    thread::unshare(UnshareFlags::NEWNET | UnshareFlags::NEWIPC | UnshareFlags::NEWUTS)?;
    // A directory that is on every machine, holds nothing but this process's own numbers and
    // cannot be written to.
    process::chroot("/proc/self/fdinfo")?;
    process::chdir("/")?;
    Ok(())
}

fn become_user(user: u32) -> io::Result<()> {
    let (uid, gid) = (Uid::from_raw(user), Gid::from_raw(user));
    thread::set_thread_groups(&[])?;
    thread::set_thread_res_gid(gid, gid, gid)?;
    thread::set_thread_res_uid(uid, uid, uid)?;
    Ok(())
}

fn limits(hello: &Hello) -> io::Result<()> {
    let mut limits = vec![
        (Resource::As, hello.address_space_bytes),
        (Resource::Nofile, MAX_FILES),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
    ];
    if hello.user.is_some() {
        // Counted per user, so only where the user is its own.
        limits.push((Resource::Nproc, u64::from(MAX_LANES) + 2));
    }
    for (resource, most) in limits {
        process::setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

/// What threads that compute, allocate and speak over an open socket need, and no more. What is
/// missing here answers EPERM.
const ALLOWED: &[c_long] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_recvfrom,
    libc::SYS_sendto,
    libc::SYS_close,
    libc::SYS_futex,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_getrandom,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Refused by the second filter with ENOSYS, upon which the C library uses `clone`.
    libc::SYS_clone3,
];

/// `PR_SET_VMA`: allocators name their memory with it.
const PR_SET_VMA: u64 = 0x5356_4d41;

pub(crate) fn filter_system_calls() -> Result<(), Box<dyn std::error::Error>> {
    let arg = |index, op, value| {
        SeccompCondition::new(index, SeccompCmpArgLen::Dword, op, value)
            .and_then(|condition| SeccompRule::new(vec![condition]))
    };
    let exec = libc::PROT_EXEC as u64;
    let thread = (libc::CLONE_THREAD | libc::CLONE_VM) as u64;
    let own = u64::from(process::getpid().as_raw_nonzero().get().unsigned_abs());
    let mut rules: BTreeMap<c_long, Vec<SeccompRule>> =
        ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    // Memory that is never code, threads and not processes, signals to itself.
    rules.insert(libc::SYS_mmap, vec![arg(2, SeccompCmpOp::MaskedEq(exec), 0)?]);
    rules.insert(libc::SYS_mprotect, vec![arg(2, SeccompCmpOp::MaskedEq(exec), 0)?]);
    rules.insert(libc::SYS_clone, vec![arg(0, SeccompCmpOp::MaskedEq(thread), thread)?]);
    rules.insert(libc::SYS_tgkill, vec![arg(0, SeccompCmpOp::Eq, own)?]);
    let name = u64::from(libc::PR_SET_NAME.unsigned_abs());
    rules.insert(
        libc::SYS_prctl,
        vec![arg(0, SeccompCmpOp::Eq, name)?, arg(0, SeccompCmpOp::Eq, PR_SET_VMA)?],
    );
    let errno = |number: i32| SeccompAction::Errno(number.unsigned_abs());
    let clone3 = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    // The stricter of two filters wins. The narrow one goes first: installing a filter is itself
    // a call that the wide one refuses.
    install(SeccompFilter::new(
        clone3,
        SeccompAction::Allow,
        errno(libc::ENOSYS),
        std::env::consts::ARCH.try_into()?,
    )?)?;
    install(SeccompFilter::new(
        rules,
        errno(libc::EPERM),
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into()?,
    )?)
}

fn install(filter: SeccompFilter) -> Result<(), Box<dyn std::error::Error>> {
    Ok(seccompiler::apply_filter(&BpfProgram::try_from(filter)?)?)
}

#[cfg(test)]
mod tests {
    use std::{fs::File, net::TcpStream};

    use super::*;

    fn number<T>(result: io::Result<T>) -> Option<i32> {
        result.err().and_then(|error| error.raw_os_error())
    }

    /// A filter holds for the thread that installs it, so a thread can be tried.
    #[test]
    fn a_filtered_thread_computes_and_does_nothing_else() {
        let test = std::thread::spawn(|| {
            let parent = process::getppid().unwrap();
            filter_system_calls().unwrap();
            let refused = Some(libc::EPERM);
            assert_eq!(number(File::open("/proc/self/status")), refused);
            assert_eq!(number(TcpStream::connect("127.0.0.1:9")), refused);
            assert_eq!(process::test_kill_process(parent), Err(rustix::io::Errno::PERM));
            assert_eq!(process::setpriority_process(None, 5), Err(rustix::io::Errno::PERM));
            let sum = std::thread::spawn(|| vec![1_u64; 1_000_000].iter().sum::<u64>());
            assert_eq!(sum.join().unwrap(), 1_000_000);
            assert_eq!(number(File::open("/proc/self/status")), refused, "still");
        });
        test.join().unwrap();
    }
}
