//! One operation on a resource.

use super::OperationId;
use crate::messages::Request;
use core_agents::{Class, ExecStatus, Invocation, UnitAction, ocf};
use core_pcmk_ipc::ClientId;
use core_xml::Document;
use std::collections::BTreeMap;
use std::time::Duration;

/// What becomes of an operation at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It waits among its resource's pending operations.
    Pending,
    /// It is its turn, but another process runs under the resource's name.
    Blocked,
    /// Its process is being made.
    Starting,
    /// Its process runs; whether it was killed as its time was over.
    Running { timed_out: bool },
    /// The fencer was asked to do it.
    Fencing { registering: bool },
    /// Its class depends on what there is on this host, which is being looked up.
    Finding,
    /// Systemd was asked.
    Asking,
    /// It recurs, and this is the pause between.
    Waiting,
    /// It recurs, but the first turn showed that it can't be run: it stays until its resource goes.
    Dormant,
}

/// What was told of it last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LastTold {
    pub(super) code: i32,
    pub(super) status: ExecStatus,
}

/// A start or stop that began and is looked after until it is done.
#[derive(Debug)]
pub(super) struct Followed {
    pub(super) action: String,
    pub(super) timeout: i32,
    pub(super) run: Option<Duration>,
    pub(super) queued: Option<Duration>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) client: ClientId,
    pub(super) call: i32,
    pub(super) options: i32,
    pub(super) resource: String,
    pub(super) action: String,
    pub(super) user_data: Option<String>,
    /// Milliseconds; 0: once.
    pub(super) interval: u32,
    /// Milliseconds; 0: none.
    pub(super) timeout: i32,
    /// Milliseconds.
    pub(super) start_delay: i32,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) state: State,
    pub(super) timer: Option<Duration>,
    /// It runs still, but doesn't count any more.
    pub(super) cancelled: bool,
    /// What runs for it, from its first turn on.
    pub(super) class: Class,
    pub(super) invocation: Option<Invocation>,
    /// The unit's agent, and what was asked of systemd last.
    pub(super) unit: Option<String>,
    pub(super) asked: Option<UnitAction>,
    /// What it was before it became a look at how far that is.
    pub(super) followed: Option<Followed>,
    pub(super) pid: Option<u32>,
    pub(super) queued: Option<Duration>,
    pub(super) run: Option<Duration>,
    /// Seconds since 1970.
    pub(super) run_epoch: i64,
    /// Seconds since 1970.
    pub(super) changed_epoch: i64,
    /// The last result, as OCF has it.
    pub(super) code: i32,
    pub(super) told: Option<LastTold>,
    /// What all are to be told once it ended.
    pub(super) afterwards: Vec<Document>,
}

impl Operation {
    pub(super) fn new(client: ClientId, call: i32, request: &Request<'_>, resource: &str, now: Duration) -> Operation {
        Operation {
            client,
            call,
            options: request.options(),
            resource: resource.to_owned(),
            action: request.action().unwrap_or_default().to_owned(),
            user_data: request.user_data().map(str::to_owned),
            interval: request.interval(),
            timeout: request.timeout(),
            start_delay: request.start_delay(),
            parameters: request.parameters(),
            state: State::Pending,
            timer: None,
            cancelled: false,
            class: Class::Other,
            invocation: None,
            unit: None,
            asked: None,
            followed: None,
            pid: None,
            queued: Some(now),
            run: None,
            run_epoch: 0,
            changed_epoch: 0,
            code: ocf::OK,
            told: None,
            afterwards: Vec::new(),
        }
    }

    pub(super) fn recurs(&self) -> bool {
        self.interval > 0
    }

    pub(super) fn is(&self, action: &str, interval: u32) -> bool {
        self.interval == interval && self.action.eq_ignore_ascii_case(action)
    }

    pub(super) fn is_monitor(&self) -> bool {
        self.action.eq_ignore_ascii_case("monitor")
    }

    /// Whether its process is there or being made, or the fencer or systemd is at it.
    pub(super) fn is_in_flight(&self) -> bool {
        matches!(
            self.state,
            State::Starting | State::Running { .. } | State::Fencing { .. } | State::Finding | State::Asking
        )
    }

    /// Whether its whole process group is killed with it: where a failure is to block the resource, what it started may
    /// live on.
    pub(super) fn kills_group(&self) -> bool {
        !self.parameters.get("CRM_meta_on_fail").is_some_and(|value| value.eq_ignore_ascii_case("block"))
    }

    /// What was requested, whatever it has become.
    pub(super) fn requested(&self) -> &str {
        self.followed.as_ref().map_or(&self.action, |followed| &followed.action)
    }

    /// As lines of the log name it.
    pub(super) fn key(&self) -> String {
        format!("{}_{}_{}", self.resource, self.class.action(&self.action), self.interval)
    }
}

/// A time that C's timers take as an unsigned number.
pub(super) fn unsigned_millis(millis: i32) -> Duration {
    Duration::from_millis(u64::from(millis.cast_unsigned()))
}

impl super::Executor {
    pub(super) fn new_id(&mut self) -> OperationId {
        self.last_operation += 1;
        OperationId(self.last_operation)
    }
}
