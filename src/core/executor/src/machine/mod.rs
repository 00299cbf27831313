//! The state machine: what is known of clients, resources and operations, and what goes in and out.

mod again;
mod alert;
mod fence;
mod operation;
mod requests;
mod run;
mod tell;
#[cfg(test)]
mod tests;
mod unit;

use alert::Alert;
use core_agents::{Invocation, NO_SECRETS};
use core_pcmk_ipc::ClientId;
use core_types::Level;
use core_xml::Document;
use fence::Device;
pub use fence::{FenceAnswer, FenceRequest};
use operation::Operation;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;
pub use unit::UnitQuestion;

/// Which operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(u64);

/// Now, by two clocks.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Since any fixed moment; it never goes back.
    pub monotonic: Duration,
    /// Seconds since 1970, for those who read results.
    pub epoch: i64,
}

/// Who connected.
#[derive(Clone, Debug)]
pub struct Who {
    /// A number of its own in the whole world.
    pub uuid: String,
    /// Its process: its name until it says another.
    pub pid: u32,
    /// Whether it is root or the cluster's user, who alone may do more than sign on.
    pub privileged: bool,
}

/// Why an agent was not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartError {
    /// Its file can't be looked at: an errno and its words.
    Unseen(i32, String),
    /// There can be no process for it.
    NoProcess(i32, String),
    /// The file can't be run.
    NotRun(i32, String),
    /// Values that are kept apart from the configuration can't be had.
    NoSecrets,
}

impl StartError {
    fn words(&self) -> &str {
        match self {
            StartError::Unseen(_, words) | StartError::NoProcess(_, words) | StartError::NotRun(_, words) => words,
            StartError::NoSecrets => NO_SECRETS,
        }
    }
}

/// How an agent's process ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// What it exited with; `None` where a signal ended it.
    pub code: Option<i32>,
    /// The signal's number and words.
    pub signal: Option<(i32, String)>,
    /// What it printed, without NULs.
    pub stdout: String,
    /// The same of standard error.
    pub stderr: String,
}

/// What is to be done, in this order.
#[derive(Clone, Debug)]
pub enum Action {
    /// A reply to the message of that number.
    Reply(ClientId, i32, Document),
    /// An event for these clients.
    Notify(Vec<ClientId>, Rc<Document>),
    /// Run this, and say what came of it: [`Executor::started`] or [`Executor::not_started`], then [`Executor::ended`].
    Start(OperationId, Invocation),
    /// Kill an operation's process (SIGKILL), and its group if so.
    Kill(OperationId, bool),
    /// Ask the fencer, and tell its answer: [`Executor::fenced`].
    Fence(OperationId, FenceRequest),
    /// Ask systemd, and tell its answer: [`Executor::answered`].
    Ask(OperationId, UnitQuestion),
    /// Wait for no answer of systemd's to an operation any more.
    Forget(OperationId),
    /// Look whether there is an init script or a unit of that name, and tell: [`Executor::found`].
    Find(OperationId, String),
    /// See whether self-fencing can work with this `stonith-watchdog-timeout` ([`crate::watchdog()`]), and end if not.
    CheckWatchdog(Option<String>),
    /// A line for the log; the name is that of the reference's function.
    Log(Level, &'static str, String),
}

/// A connected client.
#[derive(Debug)]
struct Client {
    uuid: String,
    pid: u32,
    privileged: bool,
    /// Set by its first request; before it is told of nothing.
    name: Option<String>,
}

/// What is registered under a name.
#[derive(Debug)]
struct Resource {
    class: Option<String>,
    provider: Option<String>,
    kind: Option<String>,
    options: i32,
    device: Device,
    /// Which of the operations that were asked for is being carried out.
    active: Option<OperationId>,
    /// Those that wait for it, in order.
    pending: VecDeque<OperationId>,
    /// Recurring ones that had their first turn.
    recurring: Vec<OperationId>,
}

impl Resource {
    fn is_fence_device(&self) -> bool {
        self.is_of("stonith")
    }

    /// Whether its agent is a plugin of Nagios's.
    fn is_plugin(&self) -> bool {
        self.is_of("nagios")
    }

    fn is_of(&self, class: &str) -> bool {
        self.class.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(class))
    }
}

/// Who runs and who waits under a resource's name: one process at a time, also of a resource that is gone.
#[derive(Debug, Default)]
struct Lane {
    running: Option<OperationId>,
    blocked: VecDeque<OperationId>,
}

/// See the crate.
#[derive(Debug, Default)]
pub struct Executor {
    clients: BTreeMap<ClientId, Client>,
    resources: BTreeMap<String, Resource>,
    operations: BTreeMap<OperationId, Operation>,
    lanes: BTreeMap<String, Lane>,
    alerts: BTreeMap<OperationId, Alert>,
    /// One at most for each operation: the end of a delay, of a process's time, of a pause between two turns.
    timers: BTreeSet<(Duration, OperationId)>,
    /// Resources whose next operation is to be looked at.
    ready: VecDeque<String>,
    last_call: i32,
    last_operation: u64,
    last_alert: u32,
    /// The daemon ends: no more alerts.
    draining: bool,
    actions: Vec<Action>,
}

impl Executor {
    /// Nobody and nothing.
    #[must_use]
    pub fn new() -> Executor {
        Executor::default()
    }

    /// What is to be done since the last time.
    pub fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// When [`Executor::tick`] is due.
    #[must_use]
    pub fn next_timer(&self) -> Option<Duration> {
        self.timers.first().map(|(time, _)| *time)
    }

    /// How many clients are connected.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.clients.len()
    }

    /// A client connected. The others are told.
    pub fn connect(&mut self, id: ClientId, who: Who) {
        let Who { uuid, pid, privileged } = who;
        self.clients.insert(id, Client { uuid, pid, privileged, name: None });
        self.notify_all(crate::messages::new_client());
    }

    /// A client is gone, and with it the recurring operations that were to last as long as it.
    pub fn disconnect(&mut self, id: ClientId, now: Now) {
        use crate::messages::options::DROP_RECURRING;
        if self.clients.remove(&id).is_none() {
            return;
        }
        let dropping = |resource: &Resource| resource.options & DROP_RECURRING == DROP_RECURRING;
        let names: Vec<String> =
            self.resources.iter().filter(|(_, resource)| dropping(resource)).map(|(name, _)| name.clone()).collect();
        for name in names {
            self.cancel_all_recurring(&name, Some(id), now);
        }
        self.work(now);
    }

    fn log(&mut self, level: Level, function: &'static str, text: String) {
        self.actions.push(Action::Log(level, function, text));
    }

    fn arm(&mut self, id: OperationId, time: Option<Duration>) {
        let Some(operation) = self.operations.get_mut(&id) else { return };
        if let Some(old) = std::mem::replace(&mut operation.timer, time) {
            self.timers.remove(&(old, id));
        }
        if let Some(time) = time {
            self.timers.insert((time, id));
        }
    }

    fn look_at(&mut self, resource: &str) {
        if !self.ready.iter().any(|name| name == resource) {
            self.ready.push_back(resource.to_owned());
        }
    }
}
