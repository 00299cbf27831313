//! The parent.

use crate::keys::{Keys, Shown};
use crate::quorum::Quorum;
use crate::state::{Policy, Recovery, Status, check_live, conversation, state, take_quorum};
use crate::talk::{self, Child, Command};
use core_types::CsError;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid};
use std::ffi::c_int;
use std::mem::ManuallyDrop;
use std::os::fd::AsFd;
use std::sync::Arc;

/// What ended the supervision of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It failed while it was started.
    Failure,
    /// It ended while it was not.
    Quit,
    /// It can't be supervised any more.
    Error,
}

/// Forks. The child returns with its instance's number, each new one after a recovery; the parent stays, and returns
/// only with an error.
pub(crate) fn register() -> Result<u32, CsError> {
    let policy = {
        let state = state();
        if state.status != Status::Initialized {
            return Err(CsError::BadHandle);
        }
        state.policy
    };
    let interval = state().interval;
    let keys = if policy.cmap { Some(Keys::register(policy.recovery, interval)?) } else { None };
    // A child must not close what it shares with its parent: its copies of the connections stay as they are.
    let connections = ManuallyDrop::new(Connections { keys, quorum: take_quorum() });
    match generations(&connections, policy) {
        Ok(instance) => Ok(instance),
        Err(error) => {
            drop(ManuallyDrop::into_inner(connections));
            Err(error)
        }
    }
}

/// The parent's connections to the daemon, as the policy asks for them.
struct Connections {
    keys: Option<Keys>,
    quorum: Option<Quorum>,
}

/// Child after child.
fn generations(connections: &Connections, policy: Policy) -> Result<u32, CsError> {
    loop {
        let (parent, child) = talk::pipes()?;
        connections.show(Shown::Stopped)?;
        let forked = fork(parent)?;
        let pid = match forked {
            Forked::Child(instance) => return Ok(instance),
            Forked::Parent(pid) => pid,
        };
        let mut supervisor =
            Supervisor { child, pid, connections, started: false, warned: false, recovery: policy.recovery };
        let end = supervisor.watch();
        let recovery = supervisor.recovery;
        drop(supervisor);
        if end == End::Error {
            return Err(CsError::Library);
        }
        let code = exit_code(pid);
        if end == End::Quit || recovery == Recovery::Quit {
            connections.leave(end);
            std::process::exit(code);
        }
    }
}

impl Connections {
    fn show(&self, shown: Shown) -> Result<(), CsError> {
        self.keys.as_ref().map_or(Ok(()), |keys| keys.show(shown))
    }

    /// The last word before the parent exits.
    fn leave(&self, end: End) {
        if let Some(keys) = &self.keys {
            match end {
                End::Failure => {
                    let _last = keys.show(Shown::Failed);
                }
                End::Quit | End::Error => keys.remove(),
            }
        }
    }
}

enum Forked {
    Child(u32),
    Parent(Pid),
}

/// Forks with no lock in anybody else's hands, so that the child can go on with all of them.
fn fork(parent: talk::Parent) -> Result<Forked, CsError> {
    let _held = conversation();
    let mut state = state();
    // SAFETY: the caller of sam_register asked for it; the child goes on as this thread, and of what other threads may
    // have held it uses nothing but this library's locks, which this thread holds
    match unsafe { nix::unistd::fork() }.map_err(|_| CsError::Library)? {
        ForkResult::Parent { child } => {
            state.instance += 1;
            Ok(Forked::Parent(child))
        }
        ForkResult::Child => {
            state.instance += 1;
            state.parent = Some(Arc::new(parent));
            state.status = Status::Registered;
            Ok(Forked::Child(state.instance))
        }
    }
}

/// What a child that is gone, or goes, exits with; 0 when a signal ended it, as in the reference.
fn exit_code(pid: Pid) -> c_int {
    loop {
        match waitpid(pid, None) {
            Ok(WaitStatus::Exited(_, code)) => return code,
            Err(Errno::EINTR) => {}
            _ => return 0,
        }
    }
}

/// One child's.
struct Supervisor<'a> {
    child: Child,
    pid: Pid,
    connections: &'a Connections,
    started: bool,
    /// Whether it had its warning.
    warned: bool,
    recovery: Recovery,
}

impl Supervisor<'_> {
    /// Does what the child asks for until it ends or has to.
    fn watch(&mut self) -> End {
        loop {
            let events = match self.wait() {
                Ok(events) => events,
                Err(Errno::EINTR) => continue,
                Err(_) => return End::Error,
            };
            let end = match events {
                Events { child: false, quorum: false } => self.kill(),
                Events { child: true, .. } => self.command(),
                _ => None,
            };
            let end = end.or_else(|| if events.quorum { self.quorum_changed() } else { None });
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Waits for the child, for quorum, and while started for at most the interval.
    fn wait(&self) -> Result<Events, Errno> {
        let interval = state().interval;
        let timeout = match interval {
            1.. if self.started => PollTimeout::try_from(interval).unwrap_or(PollTimeout::MAX),
            _ => PollTimeout::NONE,
        };
        let mut fds = vec![PollFd::new(self.child.commands.as_fd(), PollFlags::POLLIN)];
        if let Some(quorum) = &self.connections.quorum {
            fds.push(PollFd::new(quorum.fd(), PollFlags::POLLIN));
        }
        poll(&mut fds, timeout)?;
        let ready = |at: usize| fds.get(at).and_then(PollFd::any).unwrap_or(false);
        Ok(Events { child: ready(0), quorum: ready(1) })
    }

    /// One command, or the child's end.
    fn command(&mut self) -> Option<End> {
        let byte = match self.child.next() {
            Ok(Some(byte)) => byte,
            Ok(None) if self.started => return Some(End::Failure),
            Ok(None) => return Some(End::Quit),
            Err(_) => return Some(End::Error),
        };
        if let Some(keys) = &self.connections.keys {
            let _next_time = keys.heard();
        }
        match Command::from_byte(byte)? {
            Command::Start if !self.started => self.start(),
            Command::Stop if self.started => self.stop(),
            // the child waits for an answer where there is something to do; both are done already
            Command::Start | Command::Stop | Command::HealthCheck => {}
            Command::DataStore => self.child.answer(self.store()),
            Command::WarnSignal => self.child.answer(self.set_warn_signal()),
            Command::MarkFailed => {
                self.started = true;
                self.warned = true;
                self.recovery = Recovery::Quit;
                return self.kill();
            }
        }
        None
    }

    /// Starts, with quorum where that matters.
    fn start(&mut self) {
        let Connections { keys, quorum } = self.connections;
        let waited = quorum.as_ref().map_or(Ok(()), |quorum| self.wait_for_quorum(quorum));
        let shown = waited.and_then(|()| self.connections.show(Shown::Running));
        self.started = shown.is_ok();
        if keys.is_some() || quorum.is_some() {
            self.child.answer(shown);
        }
    }

    fn stop(&mut self) {
        let shown = self.connections.show(Shown::Stopped);
        self.started = shown.is_err();
        if self.connections.keys.is_some() {
            self.child.answer(shown);
        }
    }

    /// Waits until there is quorum or no child.
    fn wait_for_quorum(&self, quorum: &Quorum) -> Result<(), CsError> {
        self.connections.show(Shown::WaitingForQuorum)?;
        let result = self.wait_quorate(quorum);
        if result.is_err() {
            let _as_it_was = self.connections.show(Shown::Stopped);
        }
        result
    }

    fn wait_quorate(&self, quorum: &Quorum) -> Result<(), CsError> {
        quorum.take_all()?;
        while !quorum.is_quorate() {
            let gone = PollFd::new(self.child.commands.as_fd(), PollFlags::empty());
            let mut fds = [gone, PollFd::new(quorum.fd(), PollFlags::POLLIN)];
            match poll(&mut fds, PollTimeout::NONE) {
                Err(Errno::EINTR) => continue,
                Err(_) => return Err(CsError::Library),
                Ok(_) if fds[0].any() == Some(true) => return Ok(()),
                Ok(_) => quorum.take_all()?,
            }
        }
        Ok(())
    }

    fn quorum_changed(&mut self) -> Option<End> {
        let quorum = self.connections.quorum.as_ref()?;
        let told = quorum.take_all();
        let lost = told.is_err() || !quorum.is_quorate();
        if self.started && lost { self.kill() } else { None }
    }

    /// Warns the child, and the next time kills it.
    fn kill(&mut self) -> Option<End> {
        let signal = if self.warned { libc::SIGKILL } else { state().warn_signal };
        // SAFETY: kill follows no pointers; the child isn't awaited yet, so the number is still its own
        unsafe { libc::kill(self.pid.as_raw(), signal) };
        let end = self.warned.then_some(End::Failure);
        self.warned = true;
        end
    }

    fn store(&self) -> Result<(), CsError> {
        let mut length = [0; size_of::<usize>()];
        talk::read(&self.child.commands, &mut length)?;
        let length = usize::from_ne_bytes(length);
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length).map_err(|_| CsError::NoMemory)?;
        bytes.resize(length, 0);
        talk::read(&self.child.commands, &mut bytes)?;
        check_live()?;
        *conversation() = bytes;
        Ok(())
    }

    fn set_warn_signal(&self) -> Result<(), CsError> {
        let mut signal = [0; size_of::<c_int>()];
        talk::read(&self.child.commands, &mut signal)?;
        check_live()?;
        state().warn_signal = c_int::from_ne_bytes(signal);
        Ok(())
    }
}

/// What [`Supervisor::wait`] saw; nothing when time was up.
#[derive(Clone, Copy)]
struct Events {
    child: bool,
    quorum: bool,
}
