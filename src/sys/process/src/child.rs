//! One child, and how it is started.

use crate::capture::{Capture, OUTPUT_MAX};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What runs a file that the kernel can't (execvp(3)).
const SHELL: &str = "/bin/sh";

/// What is to be run.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// The file.
    pub path: &'a Path,
    /// Its arguments.
    pub arguments: &'a [&'a OsStr],
    /// What it has in its environment otherwise than the parent (`None`: not at all).
    pub environment: &'a [(&'a OsStr, Option<&'a OsStr>)],
    /// The user and group that it runs as, without other groups; `None`: the parent's.
    pub user: Option<(u32, u32)>,
    /// What it reads.
    pub input: Input<'a>,
}

/// A child's standard input.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// /dev/null.
    Nothing,
    /// The parent's.
    Parents,
    /// This text, of which a pipe may hold only the beginning.
    Text(&'a [u8]),
}

/// Why there is no child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpawnError {
    /// The file can't be looked at.
    Unseen(Errno),
    /// The system has no room for another process, or no descriptors for its pipes.
    NoProcess(Errno),
    /// The file can't be run.
    NotRun(Errno),
}

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// With this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl Exit {
    /// A signal's name for people, as strsignal(3) has it.
    #[must_use]
    pub fn describe_signal(signal: i32) -> String {
        // SAFETY: strsignal(3) gives a text that stays until the thread's next call; it is copied at once.
        let text = unsafe {
            let text = libc::strsignal(signal);
            (!text.is_null()).then(|| std::ffi::CStr::from_ptr(text))
        };
        text.map_or_else(|| format!("Unknown signal {signal}"), |text| text.to_string_lossy().into_owned())
    }
}

/// Which of a child's streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Starts children that inherit neither descriptors nor priority.
#[derive(Debug)]
pub struct Spawner {
    nice: i32,
    environment: Vec<(String, Option<String>)>,
    /// The process is somebody else's.
    guest: bool,
    output_max: usize,
}

impl Spawner {
    /// To be made once, before others open descriptors: what this process got from its own parent goes no further.
    /// Those that it opens itself close on exec anyway. `environment`: what all children have otherwise than this process
    /// (`None`: not at all).
    pub fn new(environment: Vec<(String, Option<String>)>) -> Result<Spawner, Errno> {
        // SAFETY: close_range(2) with CLOEXEC closes nothing now: whoever has one of these descriptors keeps it.
        let done = unsafe { libc::close_range(3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC as libc::c_int) };
        Errno::result(done)?;
        // SAFETY: sched_getscheduler(2) takes and gives plain integers; 0 is the caller.
        let policy = Errno::result(unsafe { libc::sched_getscheduler(0) })?;
        if policy != libc::SCHED_OTHER && policy & libc::SCHED_RESET_ON_FORK == 0 {
            // SAFETY: a plain structure for which all zeros is a value.
            let mut parameters: libc::sched_param = unsafe { std::mem::zeroed() };
            // SAFETY: sched_getparam(2) fills the structure, which outlives the call.
            Errno::result(unsafe { libc::sched_getparam(0, &mut parameters) })?;
            let policy = policy | libc::SCHED_RESET_ON_FORK;
            // SAFETY: sched_setscheduler(2) reads the structure, which outlives the call.
            Errno::result(unsafe { libc::sched_setscheduler(0, policy, &parameters) })?;
        }
        // SAFETY: getpriority(2) takes and gives plain integers; -1 may be a value, and means nothing bad here.
        let nice = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
        Ok(Spawner { nice, environment, guest: false, output_max: OUTPUT_MAX })
    }

    /// One for a process that belongs to somebody else, of which nothing is changed: each child puts off for itself what
    /// it isn't to have. `output_max`: bytes that are kept of each of its streams, the last ones.
    #[must_use]
    pub fn guest(output_max: usize) -> Spawner {
        Spawner { nice: 0, environment: Vec::new(), guest: true, output_max }
    }

    /// Starts a child.
    ///
    /// # Errors
    /// Why there is none.
    pub fn spawn(&self, program: Program<'_>) -> Result<Child, SpawnError> {
        nix::sys::stat::stat(program.path).map_err(SpawnError::Unseen)?;
        let mut spawned = self.start(Command::new(program.path), program);
        if errno_of(&spawned) == Some(Errno::ENOEXEC) {
            let mut shell = Command::new(SHELL);
            shell.arg(program.path);
            spawned = self.start(shell, program);
        }
        let mut child = spawned.map_err(|error| match errno(&error) {
            // what fork(2) and pipe(2) say, and execve(2) hardly ever
            errno @ (Errno::EAGAIN | Errno::ENOMEM | Errno::EMFILE | Errno::ENFILE) => SpawnError::NoProcess(errno),
            errno => SpawnError::NotRun(errno),
        })?;
        let pid = Pid::from_raw(child.id().cast_signed());
        if self.nice != 0 {
            // SAFETY: setpriority(2) takes plain integers; the child can't be gone, as nobody has waited for it.
            let _not_allowed = unsafe { libc::setpriority(libc::PRIO_PROCESS, child.id(), 0) };
        }
        let streams = [child.stdout.take().map(OwnedFd::from), child.stderr.take().map(OwnedFd::from)];
        let made = Child::new(pid, streams, self.output_max);
        made.map_err(|error| {
            let _gone = killpg(pid, Signal::SIGKILL);
            let _reaped = child.wait();
            SpawnError::NoProcess(error)
        })
    }

    /// A child's process group is its own, and its signals are the default ones: `std` resets SIGPIPE and the mask.
    fn start(&self, mut command: Command, program: Program<'_>) -> io::Result<std::process::Child> {
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.args(program.arguments);
        for (name, value) in program.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some((user, group)) = program.user {
            // together they drop the supplementary groups, too
            command.uid(user).gid(group);
        }
        if self.guest {
            // SAFETY: between fork(2) and execve(2) the closure only makes system calls
            unsafe { command.pre_exec(put_off_the_parents) };
        }
        command.stdin(match program.input {
            Input::Nothing => Stdio::null(),
            Input::Parents => Stdio::inherit(),
            Input::Text(text) => filled_pipe(text)?.into(),
        });
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn()
    }
}

/// What a child of a guest does before it becomes the agent: it gives up descriptors and priority of its parent's.
fn put_off_the_parents() -> io::Result<()> {
    // SAFETY: close_range(2) takes plain integers; with CLOEXEC nothing is closed before execve(2), which ends all who
    // have one of these descriptors.
    let done = unsafe { libc::close_range(3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC as libc::c_int) };
    Errno::result(done)?;
    // Who may not change these keeps them, as in the reference.
    // SAFETY: sched_getscheduler(2) takes and gives plain integers; 0 is the caller.
    if unsafe { libc::sched_getscheduler(0) } != libc::SCHED_OTHER {
        // SAFETY: a plain structure for which all zeros is a value.
        let none: libc::sched_param = unsafe { std::mem::zeroed() };
        // SAFETY: sched_setscheduler(2) reads the structure, which outlives the call.
        let _not_allowed = unsafe { libc::sched_setscheduler(0, libc::SCHED_OTHER, &none) };
    }
    // SAFETY: setpriority(2) takes plain integers; 0 is the caller.
    let _not_allowed = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 0) };
    Ok(())
}

/// The reading end of a pipe with a text in it, as far as it holds it. It is filled before there is a reader that may go,
/// so that no signal comes of it.
fn filled_pipe(text: &[u8]) -> io::Result<OwnedFd> {
    let (reader, writer) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
    if let Ok(size) = i32::try_from(text.len()) {
        let _as_it_is = fcntl(&writer, FcntlArg::F_SETPIPE_SZ(size));
    }
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    let mut rest = text;
    while !rest.is_empty() {
        match nix::unistd::write(&writer, rest) {
            Ok(written) => rest = &rest[written.min(rest.len())..],
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => break,
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(reader)
}

fn errno(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EINVAL, Errno::from_raw)
}

fn errno_of<T>(result: &io::Result<T>) -> Option<Errno> {
    result.as_ref().err().map(errno)
}

/// A child, until it was waited for.
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    pidfd: OwnedFd,
    out: Capture,
    err: Capture,
    exit: Option<Exit>,
}

impl Child {
    fn new(pid: Pid, [out, err]: [Option<OwnedFd>; 2], output_max: usize) -> Result<Child, Errno> {
        // SAFETY: pidfd_open(2) takes plain integers; the child was not waited for, so the number is its own.
        let fd = Errno::result(unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) })?;
        let fd = i32::try_from(fd).map_err(|_| Errno::EBADF)?;
        // SAFETY: a descriptor that pidfd_open(2) just made, close-on-exec, and nobody else has.
        let pidfd = unsafe { OwnedFd::from_raw_fd(fd) };
        let (out, err) = (out.ok_or(Errno::EBADF)?, err.ok_or(Errno::EBADF)?);
        let (out, err) = (Capture::new(out, output_max)?, Capture::new(err, output_max)?);
        Ok(Child { pid, pidfd, out, err, exit: None })
    }

    /// Its number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid.as_raw().cast_unsigned()
    }

    /// Readable when it ended.
    #[must_use]
    pub fn pidfd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    fn capture(&mut self, stream: Stream) -> &mut Capture {
        match stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
        }
    }

    /// Readable when it printed something; `None` once it closed that.
    pub fn stream(&mut self, stream: Stream) -> Option<BorrowedFd<'_>> {
        self.capture(stream).fd()
    }

    /// Keeps what it printed by now; whether there may be more already.
    pub fn read(&mut self, stream: Stream) -> bool {
        self.capture(stream).read()
    }

    /// What it printed, as text without NULs; what others still print there after it is lost.
    pub fn output(&mut self, stream: Stream) -> String {
        let bytes = self.output_bytes(stream);
        String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    /// The same, byte for byte.
    pub fn output_bytes(&mut self, stream: Stream) -> Vec<u8> {
        self.capture(stream).take()
    }

    /// Waits until it ended, and keeps what it prints meanwhile; `None` when its time was over first. Without a limit, for
    /// as long as it runs.
    pub fn wait(&mut self, limit: Option<Duration>) -> Result<Option<Exit>, Errno> {
        let until = limit.map(|limit| Instant::now() + limit);
        loop {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            self.await_news(left)?;
            for stream in [Stream::Out, Stream::Err] {
                self.read(stream);
            }
            let exit = self.try_wait()?;
            if exit.is_some() || left.is_some_and(|left| left.is_zero()) {
                return Ok(exit);
            }
        }
    }

    /// Waits until it printed something, ended, or the time is over.
    fn await_news(&self, left: Option<Duration>) -> Result<(), Errno> {
        let streams = [&self.out, &self.err].into_iter().filter_map(Capture::fd);
        let watched = streams.chain([self.pidfd()]);
        let mut watched: Vec<PollFd<'_>> = watched.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
        // rounded up, so that the end of the time is not spent asking
        let left = left.map(|left| left.as_micros().div_ceil(1000).try_into().unwrap_or(i32::MAX));
        let left = left.map_or(PollTimeout::NONE, |left| PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX));
        match poll(&mut watched, left) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(errno) => Err(errno),
        }
    }

    /// How it ended; `None` while it runs.
    pub fn try_wait(&mut self) -> Result<Option<Exit>, Errno> {
        if self.exit.is_none() {
            let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG;
            self.exit = match waitid(Id::PIDFd(self.pidfd.as_fd()), flags)? {
                WaitStatus::Exited(_, code) => Some(Exit::Code(code)),
                WaitStatus::Signaled(_, signal, _) => Some(Exit::Signal(signal as i32)),
                _ => None,
            };
        }
        Ok(self.exit)
    }

    /// Kills it, or its whole group; nothing once it was waited for: the number may be another's.
    pub fn kill(&self, group: bool) {
        if self.exit.is_none() {
            let _gone = if group { killpg(self.pid, Signal::SIGKILL) } else { kill(self.pid, Signal::SIGKILL) };
        }
    }

    /// Kills it with its group and waits until it is gone.
    pub fn abandon(self) {
        self.kill(true);
        let _reaped = waitid(Id::PIDFd(self.pidfd.as_fd()), WaitPidFlag::WEXITED);
    }
}
