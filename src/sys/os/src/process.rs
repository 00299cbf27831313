//! The process itself, and others' names.

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::reboot::{RebootMode, reboot as reboot_machine};
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::stat::Mode;
use nix::unistd::{
    ForkResult, User, dup2_stderr, dup2_stdin, dup2_stdout, fork, geteuid, initgroups, setgid, setsid, setuid,
};
use std::ffi::CString;
use std::io::{self, Write};

/// Goes to the background: the parent exits 0, the child leads a new session and has /dev/null for its standard
/// descriptors. To be called while the process has one thread: the error names what failed.
pub fn detach() -> Result<(), (&'static str, Errno)> {
    if threads() != Some(1) {
        return Err(("fork", Errno::EBUSY));
    }
    // SAFETY: fork(2) leaves the child only the calling thread; there is no other, as just counted.
    match unsafe { fork() }.map_err(|error| ("fork", error))? {
        ForkResult::Parent { .. } => std::process::exit(0),
        ForkResult::Child => {}
    }
    let _leads_one_already = setsid();
    let null = open("/dev/null", OFlag::O_RDWR, Mode::empty()).map_err(|error| ("/dev/null", error))?;
    dup2_stdin(&null).and_then(|()| dup2_stdout(&null)).and_then(|()| dup2_stderr(&null)).map_err(|e| ("dup2", e))
}

fn threads() -> Option<usize> {
    std::fs::read_dir("/proc/self/task").ok().map(Iterator::count)
}

/// A process's name (`/proc/PID/comm`), as IPC statistics show it; `None` when it is gone.
pub fn process_name(pid: u32) -> Option<String> {
    let name = std::fs::read(format!("/proc/{pid}/comm")).ok()?;
    let name = name.strip_suffix(b"\n").unwrap_or(&name);
    Some(String::from_utf8_lossy(name).into_owned())
}

/// How many descriptors the process may have open.
pub fn descriptor_limit() -> Result<u64, Errno> {
    getrlimit(Resource::RLIMIT_NOFILE).map(|(soft, _)| soft)
}

/// Gives memory that was freed back to the system, where the C library keeps it.
pub fn return_memory() {
    // SAFETY: malloc_trim(3) only touches the allocator's own free memory
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Has the C library give back memory of [`LARGE`] bytes and more as soon as it is freed, and keep one heap for all
/// threads: for a process whose messages are large now and then, and whose threads seldom need memory at once. To be called
/// before there are threads.
pub fn keep_little_memory() {
    // SAFETY: mallopt(3) sets numbers of the allocator; nobody else uses it yet
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        libc::mallopt(libc::M_TRIM_THRESHOLD, LARGE);
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

/// See [`keep_little_memory`].
const LARGE: i32 = 128 << 10;

/// Writes the process's number and a newline.
pub fn write_pid_to(mut file: impl Write) -> io::Result<()> {
    file.write_all(format!("{}\n", std::process::id()).as_bytes())
}

/// Becomes a user, with its groups, for good. The error names what failed.
pub fn become_user(name: &str) -> Result<(), (&'static str, Errno)> {
    let user = User::from_name(name).map_err(|error| ("getpwnam", error))?.ok_or(("getpwnam", Errno::ENOENT))?;
    let login = CString::new(name).map_err(|_| ("getpwnam", Errno::EINVAL))?;
    setgid(user.gid).map_err(|error| ("setgid", error))?;
    initgroups(&login, user.gid).map_err(|error| ("initgroups", error))?;
    setuid(user.uid).map_err(|error| ("setuid", error))
}

/// The id of the user that the process acts as.
pub fn effective_user() -> u32 {
    geteuid().as_raw()
}

/// A random number that nobody else has, as text (RFC 4122); the kernel makes it.
pub fn uuid() -> io::Result<String> {
    std::fs::read_to_string("/proc/sys/kernel/random/uuid").map(|text| text.trim_end().to_owned())
}

/// Restarts the machine at once, as the watchdog's `recovery: reboot` wants; comes back only when that isn't allowed.
pub fn reboot() {
    let _not_allowed = reboot_machine(RebootMode::RB_AUTOBOOT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_differ() {
        let (one, other) = (uuid().unwrap(), uuid().unwrap());
        assert!(one.len() == 36 && one != other);
    }

    #[test]
    fn processes_have_names() {
        assert!(process_name(std::process::id()).is_some_and(|name| !name.ends_with('\n')));
        assert_eq!(process_name(u32::MAX), None);
    }
}
