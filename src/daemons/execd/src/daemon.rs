//! What all tasks share, and how the executor's decisions are carried out.

use crate::fencer::{self, Fencer};
use crate::processes;
use crate::units::{self, Systemd};
use core_agents::{Class, UnitAnswer};
use core_executor::{
    Action, Ending, Executor, FenceAnswer, Now, OperationId, StartError, Who, watchdog, without_output,
};
use core_pcmk_ipc::{ClientId, Flags, Message, TEXT_MAX, decode, encode};
use core_types::Level;
use core_xml::{Document, Form, Limits};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use sys_pcmk::{Connections, Environment, Logger, Service, USER, exit};
use sys_process::{Child, Spawner};
use sys_qb::Hello;
use tokio::sync::Notify;
use tokio::task::spawn_local;

/// Between two looks at what the daemon's end waits for.
const LOOK: Duration = Duration::from_millis(50);

/// See the module.
pub(crate) struct Daemon {
    executor: RefCell<Executor>,
    connections: Connections,
    environment: Environment,
    logger: Rc<Logger>,
    pub(crate) spawner: Spawner,
    /// Agents that run.
    pub(crate) children: RefCell<HashMap<OperationId, Child>>,
    pub(crate) fencer: Fencer,
    pub(crate) systemd: Systemd,
    /// The executor's next timer may be another one.
    timer: Notify,
    /// The number of the last event: nobody looks at it.
    events: Cell<i32>,
}

impl Daemon {
    pub(crate) fn new(environment: Environment, spawner: Spawner, logger: Rc<Logger>) -> Daemon {
        Daemon {
            executor: RefCell::new(Executor::new()),
            connections: Connections::new(logger.clone()),
            environment,
            logger,
            spawner,
            children: RefCell::default(),
            fencer: Fencer::default(),
            systemd: Systemd::default(),
            timer: Notify::new(),
            events: Cell::new(0),
        }
    }

    pub(crate) fn now(&self) -> Now {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { monotonic: self.connections.age(), epoch: epoch.as_secs().try_into().unwrap_or(i64::MAX) }
    }

    /// Lets time pass for the executor.
    pub(crate) async fn keep_time(self: &Rc<Daemon>) {
        loop {
            let next = self.executor.borrow().next_timer();
            let wait = async {
                match next {
                    Some(next) => tokio::time::sleep(next.saturating_sub(self.connections.age())).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = wait => {
                    let now = self.now();
                    self.executor.borrow_mut().tick(now);
                    self.carry_out();
                }
                () = self.timer.notified() => {}
            }
        }
    }

    /// An agent's process ended.
    pub(crate) fn ended(self: &Rc<Daemon>, id: OperationId, ending: Ending) {
        let now = self.now();
        self.executor.borrow_mut().ended(id, ending, now);
        self.carry_out();
    }

    /// The fencer answered.
    pub(crate) fn fenced(self: &Rc<Daemon>, id: OperationId, answer: FenceAnswer) {
        let now = self.now();
        self.executor.borrow_mut().fenced(id, answer, now);
        self.carry_out();
    }

    /// Systemd answered, or can't be asked.
    pub(crate) fn answered(self: &Rc<Daemon>, id: OperationId, answer: Result<UnitAnswer, &'static str>) {
        let now = self.now();
        self.executor.borrow_mut().answered(id, answer, now);
        self.carry_out();
    }

    /// What an agent of the class "service" is.
    pub(crate) fn found(self: &Rc<Daemon>, id: OperationId, class: Option<Class>) {
        let now = self.now();
        self.executor.borrow_mut().found(id, class, now);
        self.carry_out();
    }

    /// The fencer went.
    pub(crate) fn fencer_lost(self: &Rc<Daemon>) {
        let now = self.now();
        self.executor.borrow_mut().fencer_lost(now);
        self.carry_out();
    }

    /// Carries out what the executor decided, until there is nothing more.
    fn carry_out(self: &Rc<Daemon>) {
        loop {
            let actions = self.executor.borrow_mut().take_actions();
            if actions.is_empty() {
                break;
            }
            for action in actions {
                match action {
                    Action::Reply(to, message, reply) => self.reply(to, message, &reply),
                    Action::Notify(to, notice) => to.into_iter().for_each(|to| self.notify(to, &notice)),
                    Action::Start(id, invocation) => self.begin(id, processes::start(self, id, &invocation)),
                    Action::Kill(id, group) => {
                        if let Some(child) = self.children.borrow().get(&id) {
                            child.kill(group);
                        }
                    }
                    Action::Fence(id, request) => drop(spawn_local(fencer::ask(self.clone(), id, request))),
                    Action::Ask(id, question) => units::ask(self, id, question),
                    Action::Forget(id) => units::forget(self, id),
                    Action::Find(id, kind) => units::find(self, id, kind),
                    Action::CheckWatchdog(value) => self.check_watchdog(value.as_deref()),
                    Action::Log(level, function, text) => self.log(level, function, &text),
                }
            }
        }
        self.timer.notify_one();
    }

    /// A host that relies on a watchdog which doesn't act in time runs nothing.
    fn check_watchdog(&self, value: Option<&str>) {
        let sbd = std::env::var("SBD_WATCHDOG_TIMEOUT").ok();
        let (level, text, fine) = watchdog(value, sbd.as_deref(), crate::watchdog::sbd_runs);
        self.log(level, "pcmk__valid_sbd_timeout", &text);
        if !fine {
            // at once, with nothing carried out any more
            self.connections.close();
            std::process::exit(exit::FATAL.into());
        }
    }

    fn begin(&self, id: OperationId, started: Result<u32, StartError>) {
        let now = self.now();
        let mut executor = self.executor.borrow_mut();
        match started {
            Ok(pid) => executor.started(id, pid, now),
            Err(error) => executor.not_started(id, error, now),
        }
    }

    fn limit(&self) -> usize {
        self.environment.buffer as usize
    }

    fn reply(&self, to: ClientId, message: i32, reply: &Document) {
        match encode(&reply.text(reply.root(), Form::Compact), message, Flags::SERVER_FREE, self.limit()) {
            Ok(bytes) => self.connections.respond(to, &bytes),
            Err(error) => self.log(Level::Error, "pcmk__ipc_prepare_iov", &error.to_string()),
        }
    }

    /// Sends an event; what an agent printed stays behind where all of it is too long, so that the result arrives.
    fn notify(&self, to: ClientId, notice: &Document) {
        self.events.set(self.events.get().wrapping_add(1));
        let flags = Flags::SERVER_EVENT | Flags::SERVER_FREE;
        let encoded = |notice: &Document| {
            encode(&notice.text(notice.root(), Form::Compact), self.events.get(), flags, self.limit())
        };
        let bytes = encoded(notice).or_else(|error| {
            let shorter = without_output(notice).ok_or(error)?;
            self.log(Level::Warning, "pcmk__ipc_prepare_iov", &format!("{error}: sent without the agent's output"));
            encoded(&shorter)
        });
        match bytes {
            Ok(bytes) => self.connections.event(to, bytes.into()),
            Err(error) => {
                self.log(Level::Error, "pcmk__ipc_prepare_iov", &error.to_string());
                self.log(Level::Warning, "send_client_notify", "Could not notify client: Message too long | rc=90");
            }
        }
    }

    /// Ends all connections, and the agents that would come again.
    pub(crate) fn shut_down(self: &Rc<Daemon>) {
        let text = format!("Terminating with {} clients", self.executor.borrow().clients());
        self.log(Level::Info, "lrmd_exit", &text);
        self.connections.close();
        let now = self.now();
        self.executor.borrow_mut().shut_down(now);
        self.carry_out();
    }

    /// Waits for alert agents that run, as long as they may.
    pub(crate) async fn drain(self: &Rc<Daemon>) {
        let Some(limit) = self.executor.borrow().alerts_to_await() else { return };
        let ended = async {
            while self.executor.borrow().alerts_to_await().is_some() {
                let _time_passes = tokio::time::timeout(LOOK, self.keep_time()).await;
            }
        };
        let _or_not = tokio::time::timeout(limit, ended).await;
    }
}

/// The daemon as its clients' tasks have it.
impl Service for Daemon {
    fn connections(&self) -> &Connections {
        &self.connections
    }

    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn log(&self, level: Level, function: &str, text: &str) {
        self.logger.log(level, function, text);
    }

    fn accept_function(&self) -> &'static str {
        "lrmd_ipc_accept"
    }

    fn connected(self: &Rc<Daemon>, id: ClientId, hello: &Hello, _socket: usize) -> bool {
        // the kernel gives it its number
        let Ok(uuid) = sys_os::uuid() else { return false };
        let text = format!("New IPC client {uuid} for PID {} with uid {} and gid {}", hello.pid, hello.uid, hello.gid);
        self.log(Level::Debug, "pcmk__new_client", &text);
        let user = sys_os::user_name(hello.uid).ok().flatten();
        let privileged = hello.uid == 0 || user.as_deref() == Some(USER);
        self.executor.borrow_mut().connect(id, Who { uuid, pid: hello.pid, privileged });
        self.carry_out();
        true
    }

    fn gone(self: &Rc<Daemon>, id: ClientId) {
        let now = self.now();
        self.executor.borrow_mut().disconnect(id, now);
        self.carry_out();
    }

    fn take(self: &Rc<Daemon>, from: ClientId, bytes: &[u8]) {
        let (message, request) = match decode(bytes, TEXT_MAX) {
            Ok(Message { flags, .. }) if !flags.contains(Flags::CLIENT_RESPONSE) => {
                return self.log(Level::Error, "lrmd_ipc_dispatch", &format!("Invalid client request: {from:?}"));
            }
            Ok(Message { id, text, .. }) => match Document::parse(&text, Limits::default()) {
                Ok(request) => (id, request),
                Err(error) => {
                    let text = format!("A message of client {from:?} is no XML: {error}");
                    return self.log(Level::Error, "lrmd_ipc_dispatch", &text);
                }
            },
            Err((error, _)) => return self.log(Level::Error, "pcmk__client_data2xml", &error.to_string()),
        };
        let now = self.now();
        self.executor.borrow_mut().receive(from, message, &request, now);
        self.carry_out();
    }
}
