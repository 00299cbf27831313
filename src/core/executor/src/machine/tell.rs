//! Who is told what.

use super::operation::LastTold;
use super::run::Output;
use super::{Action, Executor, Now, OperationId};
use crate::messages::{self, Told, options};
use core_agents::{ExecStatus, Outcome, readable};
use core_pcmk_ipc::ClientId;
use core_types::Level;
use core_xml::Document;
use std::rc::Rc;
use std::time::Duration;

/// As C has it: what doesn't fit is the most that does.
fn millis(time: Duration) -> i32 {
    i32::try_from(time.as_millis()).unwrap_or(i32::MAX)
}

impl Executor {
    /// Tells all clients that have made a request.
    pub(super) fn notify_all(&mut self, notice: Document) {
        let all: Vec<ClientId> =
            self.clients.iter().filter(|(_, client)| client.name.is_some()).map(|(id, _)| *id).collect();
        self.notify(all, notice);
    }

    fn notify(&mut self, clients: Vec<ClientId>, notice: Document) {
        if !clients.is_empty() {
            self.actions.push(Action::Notify(clients, Rc::new(notice)));
        }
    }

    /// Tells of an operation's result (`send_cmd_complete_notify()`), unless it is the same as before and only changes are
    /// to be told.
    pub(super) fn tell(&mut self, id: OperationId, outcome: &Outcome, output: &Output, deleted: bool, now: Now) {
        let Some(operation) = self.operations.get_mut(&id) else { return };
        let execution = operation.run.map_or(0, |run| millis(now.monotonic.saturating_sub(run)));
        let queue = operation.run.zip(operation.queued);
        let queue = queue.map_or(0, |(run, queued)| millis(run.saturating_sub(queued)));
        let mut line = format!("{} {} (call {}", operation.resource, operation.action, operation.call);
        if let Some(pid) = operation.pid {
            line += &format!(", PID {pid}");
        }
        line += &match outcome.status {
            ExecStatus::Done => format!(") exited with status {}", operation.code),
            status => format!(") could not be executed: {}", status.name()),
        };
        if let Some(reason) = &outcome.reason {
            line += &format!(" ({reason})");
        }
        line += &format!(" (execution time {}", readable(execution.unsigned_abs().into()));
        if queue > 0 {
            line += &format!(" after being queued {}", readable(queue.unsigned_abs().into()));
        }
        line.push(')');
        let level = if operation.is_monitor() { Level::Debug } else { Level::Info };
        let told = Some(LastTold { code: operation.code, status: outcome.status });
        let before = std::mem::replace(&mut operation.told, told);
        let known = operation.options & options::NOTIFY_CHANGES != 0 && before == told;
        let filled = |text: &str| !text.is_empty();
        let printed = Some(output.stderr.as_str()).filter(|text| filled(text));
        let notice = (!known).then(|| {
            messages::result(&Told {
                timeout: operation.timeout,
                interval: operation.interval,
                start_delay: operation.start_delay,
                code: operation.code,
                status: outcome.status as i32,
                call: operation.call,
                deleted,
                run: operation.run_epoch,
                changed: operation.changed_epoch,
                execution,
                queue,
                resource: &operation.resource,
                action: operation.requested(),
                user_data: operation.user_data.as_deref(),
                reason: outcome.reason.as_deref(),
                output: printed.or(Some(output.stdout.as_str()).filter(|text| filled(text))),
                parameters: &operation.parameters,
            })
        });
        let originator = (operation.options & options::NOTIFY_ORIGINATOR != 0).then_some(operation.client);
        self.log(level, "log_finished", line);
        match (notice, originator) {
            (None, _) => {}
            (Some(notice), None) => self.notify_all(notice),
            (Some(notice), Some(originator)) => {
                let there = self.clients.contains_key(&originator);
                self.notify(there.then_some(originator).into_iter().collect(), notice);
            }
        }
    }
}
