//! Systemd, over the system bus: a question at a time for each operation, and their answers.

use crate::daemon::Daemon;
use core_agents::{Class, Override, UnitAnswer, UnitCall, is_unit_there, unit_file};
use core_executor::{OperationId, UnitQuestion};
use core_types::Level;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::cell::RefCell;
use std::collections::HashMap;
use std::os::fd::AsFd;
use std::rc::Rc;
use sys_pcmk::Service;
use sys_poll::Readable;
use sys_systemd::{Bus, PATIENCE, Reply, no_reply};
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, spawn_local};

/// The connection to systemd, once something was asked.
#[derive(Default)]
pub(crate) struct Systemd {
    /// `Some(None)`: there is no bus, and it is not tried again, as in the reference.
    bus: RefCell<Option<Option<Rc<Bus>>>>,
    /// Who waits for the answer with that number.
    waiting: RefCell<HashMap<u32, oneshot::Sender<Reply>>>,
    /// What waits for operations' answers.
    tasks: RefCell<HashMap<OperationId, AbortHandle>>,
}

/// Asks for an operation.
pub(crate) fn ask(daemon: &Rc<Daemon>, id: OperationId, question: UnitQuestion) {
    let asking = daemon.clone();
    let task = spawn_local(async move {
        if let Some(change) = question.change {
            see_to(&asking, change, &question.unit);
        }
        let answer = match send(&asking, question.call) {
            Ok(sent) => Ok(sent.answer().await),
            Err(words) => Err(words),
        };
        asking.systemd.tasks.borrow_mut().remove(&id);
        asking.answered(id, answer);
    });
    daemon.systemd.tasks.borrow_mut().insert(id, task.abort_handle());
}

/// Waits for no answer to that operation any more.
pub(crate) fn forget(daemon: &Daemon, id: OperationId) {
    let task = daemon.systemd.tasks.borrow_mut().remove(&id);
    if let Some(task) = task {
        task.abort();
    }
}

/// Looks what there is of that name: an init script comes first.
pub(crate) fn find(daemon: &Rc<Daemon>, id: OperationId, kind: String) {
    let daemon = daemon.clone();
    spawn_local(async move {
        let found = match sys_agents::exists(Class::Lsb, "", &kind) {
            true => Some(Class::Lsb),
            false if is_unit(&daemon, &kind).await => Some(Class::Systemd),
            false => None,
        };
        daemon.found(id, found);
    });
}

async fn is_unit(daemon: &Rc<Daemon>, name: &str) -> bool {
    let Ok(load) = send(daemon, UnitCall::Load(unit_file(name, true))) else { return false };
    let UnitAnswer::Path(object) = load.answer_soon().await else { return false };
    let Ok(state) = send(daemon, UnitCall::Property(object, "LoadState")) else { return false };
    matches!(state.answer_soon().await, UnitAnswer::Text(state) if is_unit_there(&state))
}

/// A question that was sent. Nobody waits for its answer any more once this goes, be it that the task is aborted.
struct Sent {
    daemon: Rc<Daemon>,
    call: UnitCall,
    number: u32,
    reply: oneshot::Receiver<Reply>,
}

impl Sent {
    async fn answer(mut self) -> UnitAnswer {
        let reply = (&mut self.reply).await;
        reply.map_or_else(|_lost| no_reply(), |reply| reply.to(&self.call))
    }

    /// The same, but not longer than an answer takes.
    async fn answer_soon(self) -> UnitAnswer {
        tokio::time::timeout(PATIENCE, self.answer()).await.unwrap_or_else(|_late| no_reply())
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.daemon.systemd.waiting.borrow_mut().remove(&self.number);
    }
}

/// Asks systemd, or says why it can't be asked.
fn send(daemon: &Rc<Daemon>, call: UnitCall) -> Result<Sent, &'static str> {
    let bus = bus(daemon).ok_or("No DBus connection")?;
    let number = bus.send(&call).ok_or("Unable to send DBus message")?;
    let (sender, reply) = oneshot::channel();
    daemon.systemd.waiting.borrow_mut().insert(number, sender);
    Ok(Sent { daemon: daemon.clone(), call, number, reply })
}

/// The connection; `None` where there is none.
fn bus(daemon: &Rc<Daemon>) -> Option<Rc<Bus>> {
    let known = daemon.systemd.bus.borrow().clone();
    match known {
        Some(Some(bus)) if !bus.is_connected() => {
            let text = "Connection to System DBus is closed. Reconnecting...";
            daemon.log(Level::Warning, "systemd_init", text);
        }
        Some(known) => return known,
        None => {}
    }
    let made = Bus::connect().and_then(|bus| {
        let readable = Readable::of(bus.as_fd()).map_err(|error| error.to_string())?;
        Ok((Rc::new(bus), readable))
    });
    let bus = match made {
        Ok((bus, readable)) => {
            spawn_local(take_answers(daemon.clone(), bus.clone(), readable));
            Some(bus)
        }
        Err(words) => {
            daemon.log(Level::Error, "pcmk_dbus_connect", &format!("Could not connect to DBus: {words}"));
            None
        }
    };
    daemon.systemd.bus.replace(Some(bus.clone()));
    bus
}

/// Takes answers as long as there is a connection. Who waits when it is lost hears that there is none.
async fn take_answers(daemon: Rc<Daemon>, bus: Rc<Bus>, readable: Readable) {
    while let Ok(mut ready) = readable.ready().await {
        for (number, reply) in bus.take() {
            if let Some(waiting) = daemon.systemd.waiting.borrow_mut().remove(&number) {
                let _it_gave_up = waiting.send(reply);
            }
        }
        if !bus.is_connected() {
            break;
        }
        // libdbus doesn't say whether it has read all
        let mut more = [PollFd::new(bus.as_fd(), PollFlags::POLLIN)];
        if poll(&mut more, PollTimeout::ZERO) == Ok(0) {
            ready.clear_ready();
        }
    }
    daemon.systemd.waiting.borrow_mut().clear();
}

/// Sees to an agent's override, and that systemd knows of it.
fn see_to(daemon: &Rc<Daemon>, change: Override, unit: &str) {
    let changed = match change {
        Override::Write => sys_agents::write_override(unit).map_err(|(file, error)| {
            let text = format!("Cannot open systemd override file {} for writing: {error}", file.display());
            daemon.log(Level::Error, "systemd_create_override", &text);
        }),
        // a stop of what is stopped finds none
        Override::Remove => sys_agents::remove_override(unit).map_err(|(file, error)| {
            let text = format!("Cannot remove systemd override file {}: {error}", file.display());
            daemon.log(Level::Debug, "systemd_remove_override", &text);
        }),
    };
    // it is sent before what follows, and nothing waits for it
    if changed.is_ok()
        && let Ok(reload) = send(daemon, UnitCall::Reload)
    {
        let daemon = daemon.clone();
        spawn_local(async move {
            if let UnitAnswer::Refused(_, words) = reload.answer_soon().await {
                let text = format!("Could not issue systemd reload: {words}");
                daemon.log(Level::Warning, "systemd_daemon_reload_complete", &text);
            }
        });
    }
}
