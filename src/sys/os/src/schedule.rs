//! Memory locking, real-time scheduling, priority, the root cgroup.

use nix::errno::Errno;
use nix::sys::mman::{MlockAllFlags, mlockall};
use nix::sys::resource::{RLIM_INFINITY, Resource, setrlimit};
use std::fs;
use std::io;
use std::path::Path;

/// Why memory isn't locked; each has its own line in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemoryLockError {
    /// The limit can't be raised.
    #[error("Could not increase RLIMIT_MEMLOCK, not locking memory: {} ({})", .0.desc(), *.0 as i32)]
    Limit(Errno),
    /// Locking failed.
    #[error("Could not lock memory of service to avoid page faults: {} ({})", .0.desc(), *.0 as i32)]
    Lock(Errno),
}

/// Locks what the process has and will get, without limit. Pages count once they are touched: a client's rings, mostly
/// unused, would otherwise cost their full size each.
pub fn lock_memory() -> Result<(), MemoryLockError> {
    setrlimit(Resource::RLIMIT_MEMLOCK, RLIM_INFINITY, RLIM_INFINITY).map_err(MemoryLockError::Limit)?;
    let on_fault = MlockAllFlags::from_bits_retain(libc::MCL_ONFAULT);
    mlockall(MlockAllFlags::MCL_CURRENT | MlockAllFlags::MCL_FUTURE | on_fault).map_err(MemoryLockError::Lock)
}

/// The highest priority of round-robin scheduling.
pub fn highest_rr_priority() -> Result<i32, Errno> {
    // SAFETY: sched_get_priority_max(2) takes and gives plain integers.
    Errno::result(unsafe { libc::sched_get_priority_max(libc::SCHED_RR) })
}

/// Schedules this thread, and those it starts, round robin at that priority.
pub fn round_robin(priority: i32) -> Result<(), Errno> {
    let parameters = libc::sched_param { sched_priority: priority };
    // SAFETY: sched_setscheduler(2) reads the parameters, which outlive the call; 0 is the caller.
    Errno::result(unsafe { libc::sched_setscheduler(0, libc::SCHED_RR, &parameters) }).map(drop)
}

/// Sets the nice value of the process group; the kernel brings it in its range.
pub fn set_group_priority(nice: i32) -> Result<(), Errno> {
    // SAFETY: setpriority(2) takes plain integers; 0 is the caller's group.
    Errno::result(unsafe { libc::setpriority(libc::PRIO_PGRP, 0, nice) }).map(drop)
}

/// Moves the process to the root of the cpu cgroup, v1 or v2. `Ok(None)` when the system has none; otherwise which
/// version it was.
pub fn move_to_root_cgroup() -> io::Result<Option<u8>> {
    const V1: (&str, &str) = ("/sys/fs/cgroup/cpu/cpu.rt_runtime_us", "/sys/fs/cgroup/cpu/tasks");
    const V2: &str = "/sys/fs/cgroup/cgroup.procs";
    let (version, tasks) = if Path::new(V1.0).exists() {
        (1, V1.1)
    } else if Path::new(V2).exists() {
        (2, V2)
    } else {
        return Ok(None);
    };
    fs::write(tasks, format!("{}\n", std::process::id()))?;
    Ok(Some(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_robin_has_priorities() {
        assert_eq!(highest_rr_priority(), Ok(99));
    }

    #[test]
    fn errors_are_worded_as_the_log_has_them() {
        let text = MemoryLockError::Limit(Errno::EPERM).to_string();
        assert_eq!(text, "Could not increase RLIMIT_MEMLOCK, not locking memory: Operation not permitted (1)");
    }
}
