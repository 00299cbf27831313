//! Fence devices: they have no process here, their actions are requests to the fencer (`execute_stonith_action()`).

use super::operation::State;
use super::{Action, Executor, Now, OperationId};
use core_agents::{Class, ExecStatus, Outcome, ocf};
use core_types::Level;
use std::collections::BTreeMap;
use std::time::Duration;

/// What is asked of the fencer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FenceRequest {
    /// Know a device.
    Register {
        /// Its resource.
        id: String,
        /// Whose agent it is, where that is said.
        provider: Option<String>,
        /// Its agent.
        agent: String,
        /// What its agent needs to know.
        parameters: BTreeMap<String, String>,
    },
    /// Forget a device.
    Remove {
        /// Its resource.
        id: String,
    },
    /// Ask a device whether it works.
    Monitor {
        /// Its resource.
        id: String,
        /// How long that may take.
        seconds: i32,
    },
}

/// What the fencer answered: the status as `enum pcmk_exec_status` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FenceAnswer {
    /// 0 where it went well.
    pub code: i32,
    /// [`ExecStatus`], or one that only the fencer has.
    pub status: i32,
    /// Why not.
    pub reason: Option<String>,
}

/// Statuses that only the fencer has.
const NOT_CONNECTED: i32 = 8;
const INVALID: i32 = 9;
const NO_DEVICE: i32 = 10;

/// What is known of a fence device without asking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Device {
    /// It was not started here, or stopped.
    #[default]
    Stopped,
    /// It was started.
    Started,
    /// It was, and then the fencer went.
    Lost,
}

const LOST: &str = "Lost connection to fencer";

impl FenceAnswer {
    fn well() -> FenceAnswer {
        FenceAnswer { code: 0, status: ExecStatus::Done as i32, reason: None }
    }

    fn failed(status: i32, reason: &str) -> FenceAnswer {
        FenceAnswer { code: 1, status, reason: Some(reason.to_owned()) }
    }

    /// There is no fencer to ask.
    #[must_use]
    pub fn unconnected() -> FenceAnswer {
        FenceAnswer::failed(NOT_CONNECTED, "No connection to fencer")
    }
}

impl Device {
    /// What a probe finds.
    fn probed(self) -> FenceAnswer {
        match self {
            Device::Started => FenceAnswer::well(),
            Device::Stopped => FenceAnswer { code: 1, status: NO_DEVICE, reason: None },
            Device::Lost => FenceAnswer::failed(NOT_CONNECTED, LOST),
        }
    }
}

/// An answer in terms of resources.
fn outcome_of(action: &str, cancelled: bool, answer: FenceAnswer) -> Outcome {
    let failed = if answer.code == 0 { ocf::OK } else { ocf::UNKNOWN_ERROR };
    let (code, status) = match answer.status {
        _ if cancelled => (failed, ExecStatus::Cancelled),
        NOT_CONNECTED | INVALID => (failed, ExecStatus::Error),
        NO_DEVICE => match action {
            "monitor" => (ocf::NOT_RUNNING, ExecStatus::Error),
            "stop" => (ocf::OK, ExecStatus::Error),
            _ => (ocf::NOT_INSTALLED, ExecStatus::Error),
        },
        status => match ExecStatus::of(status) {
            ExecStatus::NotSupported => (ocf::UNIMPLEMENTED, ExecStatus::NotSupported),
            status => (failed, status),
        },
    };
    Outcome { code, status, reason: answer.reason }
}

impl Executor {
    /// A fence device's operation has its turn.
    pub(super) fn begin_fence(&mut self, id: OperationId, now: Now) {
        let Some(operation) = self.operations.get_mut(&id) else { return };
        let Some(resource) = self.resources.get(&operation.resource) else { return };
        operation.class = Class::Stonith;
        let device = operation.resource.clone();
        let request = match operation.action.to_ascii_lowercase().as_str() {
            "monitor" if operation.interval == 0 => {
                let probed = resource.device.probed();
                return self.fence_complete(id, probed, now);
            }
            "start" => FenceRequest::Register {
                id: device,
                provider: resource.provider.clone(),
                agent: resource.kind.clone().unwrap_or_default(),
                parameters: operation.parameters.clone(),
            },
            "stop" => FenceRequest::Remove { id: device },
            "monitor" => FenceRequest::Monitor { id: device, seconds: operation.timeout / 1000 },
            _ => {
                let answer = FenceAnswer::failed(ExecStatus::Error as i32, "Invalid fence device action (bug?)");
                return self.fence_complete(id, answer, now);
            }
        };
        operation.state = State::Fencing { registering: matches!(request, FenceRequest::Register { .. }) };
        self.actions.push(Action::Fence(id, request));
    }

    /// The fencer answered.
    pub fn fenced(&mut self, id: OperationId, answer: FenceAnswer, now: Now) {
        let Some(operation) = self.operations.get_mut(&id) else { return };
        match operation.state {
            // a device that is known is not started before it works
            State::Fencing { registering: true } if answer == FenceAnswer::well() => {
                operation.state = State::Fencing { registering: false };
                let request =
                    FenceRequest::Monitor { id: operation.resource.clone(), seconds: operation.timeout / 1000 };
                self.actions.push(Action::Fence(id, request));
            }
            State::Fencing { .. } => self.fence_complete(id, answer, now),
            // it was given up when the fencer went
            _ => {}
        }
        self.work(now);
    }

    /// The fencer went: nothing that it was asked or is to be asked comes to an end.
    pub fn fencer_lost(&mut self, now: Now) {
        let text = "Connection to fencer lost (any pending operations for fence devices will be considered failed)";
        self.log(Level::Warning, "stonith_connection_failed", text.to_owned());
        let mut failed = Vec::new();
        for resource in self.resources.values_mut().filter(|resource| resource.is_fence_device()) {
            if resource.device == Device::Started {
                resource.device = Device::Lost;
            }
            failed.extend(&resource.recurring);
            failed.extend(resource.active.filter(|active| !resource.recurring.contains(active)));
            failed.extend(resource.pending.drain(..));
        }
        for id in failed {
            self.fence_complete(id, FenceAnswer::failed(NOT_CONNECTED, LOST), now);
        }
        self.work(now);
    }

    /// An operation of a fence device came to its end (`stonith_action_complete()`).
    fn fence_complete(&mut self, id: OperationId, answer: FenceAnswer, now: Now) {
        self.arm(id, None);
        let Some(operation) = self.operations.get_mut(&id) else { return };
        let outcome = outcome_of(&operation.action, operation.cancelled, answer);
        operation.code = outcome.code;
        let recurs = operation.recurs() && outcome.status != ExecStatus::Cancelled;
        let pause = Duration::from_millis(operation.interval.into());
        let name = operation.resource.clone();
        let resource = self.resources.get_mut(&name);
        if let Some(resource) = resource {
            match operation.action.to_ascii_lowercase().as_str() {
                _ if !outcome.is_well() => {}
                "start" => resource.device = Device::Started,
                "stop" => resource.device = Device::Stopped,
                _ => {}
            }
            if recurs && !resource.recurring.contains(&id) {
                resource.recurring.push(id);
            }
        }
        if recurs {
            operation.state = State::Waiting;
            self.arm(id, Some(now.monotonic + pause));
        }
        self.finish(id, &outcome, &super::run::Output::default(), false, now);
    }

    /// Lets a recurring operation of a fence device wait for its turn among the others of its resource.
    pub(super) fn requeue(&mut self, id: OperationId, now: Duration) {
        let Some(operation) = self.operations.get_mut(&id) else { return };
        let name = operation.resource.clone();
        let Some(resource) = self.resources.get_mut(&name) else { return };
        resource.recurring.retain(|other| *other != id);
        resource.pending.push_back(id);
        (operation.state, operation.queued) = (State::Pending, Some(now));
        self.look_at(&name);
    }
}
