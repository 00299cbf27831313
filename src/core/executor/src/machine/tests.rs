//! The executor on a virtual clock, with agents that end when told to.

mod alerts;
mod fencing;
mod plugins;
mod random;
mod sessions;
mod units;

use super::{Action, Ending, Executor, FenceAnswer, FenceRequest, Now, OperationId, StartError, UnitQuestion, Who};
use core_agents::Invocation;
use core_pcmk_ipc::ClientId;
use core_xml::{Document, Form, Limits};
use std::collections::BTreeMap;
use std::time::Duration;

/// Seconds since 1970 when the clock starts.
const EPOCH: i64 = 1_000_000;

/// A process that runs.
#[derive(Clone, Debug)]
struct Process {
    invocation: Invocation,
    killed: Option<bool>,
}

impl Process {
    fn action(&self) -> &str {
        self.invocation.arguments.first().map_or("", String::as_str)
    }
}

/// An executor with its outside.
struct World {
    executor: Executor,
    millis: u64,
    processes: BTreeMap<OperationId, Process>,
    /// Replies and notifications, as texts, in order: to whom, and what.
    heard: Vec<(ClientId, String)>,
    log: Vec<String>,
    /// What the fencer was asked and has not answered.
    asked: Vec<(OperationId, FenceRequest)>,
    /// What systemd was asked and has not answered.
    questions: Vec<(OperationId, UnitQuestion)>,
    /// Agents that are to be looked for.
    sought: Vec<(OperationId, String)>,
    message: i32,
}

const ONE: ClientId = ClientId(1);
const OTHER: ClientId = ClientId(2);

impl World {
    fn new() -> World {
        World {
            executor: Executor::new(),
            millis: 10_000,
            processes: BTreeMap::new(),
            heard: Vec::new(),
            log: Vec::new(),
            asked: Vec::new(),
            questions: Vec::new(),
            sought: Vec::new(),
            message: 0,
        }
    }

    /// One client, signed on, with an agent `r` registered.
    fn ready() -> World {
        let mut world = World::new();
        world.connect(ONE, true);
        world.register("r");
        world.heard.clear();
        world
    }

    fn now(&self) -> Now {
        Now { monotonic: Duration::from_millis(self.millis), epoch: EPOCH + i64::try_from(self.millis / 1000).unwrap() }
    }

    fn connect(&mut self, id: ClientId, privileged: bool) {
        self.executor.connect(id, Who { uuid: format!("uuid-{}", id.0), pid: 7, privileged });
        self.carry_out();
        let hello = format!("lrmd_clientname=\"client{}\" lrmd_protocol_version=\"1.1\"", id.0);
        self.request(id, "register", &hello, "");
    }

    /// Sends a request; gives its reply's code.
    fn request(&mut self, from: ClientId, operation: &str, attributes: &str, resource: &str) -> Option<i32> {
        let text = format!(
            "<lrmd_command lrmd_op=\"{operation}\" {attributes}><lrmd_calldata><lrmd_rsc {resource}</lrmd_calldata></lrmd_command>"
        );
        let text = if resource.is_empty() { text.replace("<lrmd_rsc ", "") } else { text };
        let request = Document::parse(&text, Limits::default()).unwrap();
        self.message += 1;
        let now = self.now();
        self.executor.receive(from, self.message, &request, now);
        let before = self.heard.len();
        self.carry_out();
        let reply = self.heard[before..].iter().find(|(to, text)| *to == from && text.starts_with("<lrmd_reply"));
        reply.map(|(_, text)| value(text, "lrmd_rc").parse().unwrap())
    }

    fn register(&mut self, name: &str) {
        let resource = format!("lrmd_rsc_id=\"{name}\" lrmd_class=\"ocf\" lrmd_provider=\"p\" lrmd_type=\"Agent\"/>");
        assert_eq!(self.request(ONE, "lrmd_rsc_register", "", &resource), Some(0));
    }

    fn exec(&mut self, name: &str, action: &str, interval: u32, more: &str) -> i32 {
        self.exec_as(ONE, "", name, action, interval, more)
    }

    fn exec_as(&mut self, from: ClientId, options: &str, name: &str, action: &str, interval: u32, more: &str) -> i32 {
        let resource = format!(
            "lrmd_rsc_id=\"{name}\" lrmd_rsc_action=\"{action}\" lrmd_rsc_interval=\"{interval}\" {more}><attributes/></lrmd_rsc>"
        );
        self.request(from, "lrmd_rsc_exec", options, &resource).unwrap()
    }

    fn cancel(&mut self, name: &str, action: &str, interval: u32) -> i32 {
        let resource =
            format!("lrmd_rsc_id=\"{name}\" lrmd_rsc_action=\"{action}\" lrmd_rsc_interval=\"{interval}\"/>");
        self.request(ONE, "lrmd_rsc_cancel", "", &resource).unwrap()
    }

    fn unregister(&mut self, name: &str) -> i32 {
        self.request(ONE, "lrmd_rsc_unregister", "", &format!("lrmd_rsc_id=\"{name}\"/>")).unwrap()
    }

    /// Passes time, as long as timers are due within it.
    fn pass(&mut self, millis: u64) {
        let until = self.millis + millis;
        while let Some(due) = self.executor.next_timer().map(|due| due.as_millis() as u64).filter(|due| *due <= until) {
            self.millis = self.millis.max(due);
            self.executor.tick(self.now());
            self.carry_out();
            assert!(
                self.executor.next_timer().is_none_or(|next| next > self.now().monotonic),
                "a timer that stays due"
            );
        }
        self.millis = until;
    }

    fn running(&self) -> Vec<&str> {
        self.processes.values().map(|process| process.action()).collect()
    }

    fn end(&mut self, action: &str, ending: Ending) {
        let found = self.processes.iter().find(|(_, process)| process.action() == action);
        let id = *found.unwrap_or_else(|| panic!("no {action} runs")).0;
        self.end_process(id, ending);
    }

    fn end_process(&mut self, id: OperationId, ending: Ending) {
        self.processes.remove(&id);
        self.executor.ended(id, ending, self.now());
        self.carry_out();
    }

    fn exit(&mut self, action: &str, code: i32) {
        self.end(action, Ending { code: Some(code), ..Ending::default() });
    }

    fn carry_out(&mut self) {
        loop {
            let actions = self.executor.take_actions();
            if actions.is_empty() {
                return;
            }
            for action in actions {
                match action {
                    Action::Reply(to, message, reply) => {
                        assert_eq!(message, self.message);
                        self.heard.push((to, reply.text(reply.root(), Form::Compact)));
                    }
                    Action::Notify(to, notice) => {
                        let text = notice.text(notice.root(), Form::Compact);
                        self.heard.extend(to.into_iter().map(|to| (to, text.clone())));
                    }
                    Action::Start(id, invocation) if invocation.path.ends_with("Missing") => {
                        let error = StartError::Unseen(2, "No such file or directory".to_owned());
                        self.executor.not_started(id, error, self.now());
                    }
                    Action::Start(id, invocation) => {
                        assert!(!self.processes.contains_key(&id));
                        self.processes.insert(id, Process { invocation, killed: None });
                        self.executor.started(id, 100, self.now());
                    }
                    Action::Kill(id, group) => {
                        self.processes.get_mut(&id).expect("it runs").killed = Some(group);
                    }
                    Action::Fence(id, request) => self.asked.push((id, request)),
                    Action::Ask(id, question) => self.questions.push((id, question)),
                    Action::Forget(id) => self.questions.retain(|(other, _)| *other != id),
                    Action::Find(id, kind) => self.sought.push((id, kind)),
                    Action::CheckWatchdog(value) => self.log.push(format!("watchdog {value:?}")),
                    Action::Log(_, _, text) => self.log.push(text),
                }
            }
        }
    }

    /// What one client heard since the last look: `operation action call rc status` of notifications, `reply rc`.
    fn told(&mut self, client: ClientId) -> Vec<String> {
        let heard = std::mem::take(&mut self.heard);
        let own = heard.iter().filter(|(to, _)| *to == client).map(|(_, text)| {
            if text.starts_with("<lrmd_reply") {
                return format!("reply {}", value(text, "lrmd_rc"));
            }
            match value(text, "lrmd_op") {
                "lrmd_rsc_exec" => {
                    let names = ["lrmd_rsc_action", "lrmd_callid", "lrmd_exec_rc", "lrmd_exec_op_status"];
                    let deleted = if value(text, "lrmd_rsc_deleted") == "1" { " deleted" } else { "" };
                    format!("{}{deleted}", names.map(|name| value(text, name)).join(" "))
                }
                other => format!("{other} {}", value(text, "lrmd_rc")),
            }
        });
        own.collect()
    }
}

/// An attribute's value in a text.
fn value<'a>(text: &'a str, name: &str) -> &'a str {
    let start = format!(" {name}=\"");
    let Some((_, rest)) = text.split_once(&start) else { return "" };
    rest.split('"').next().unwrap_or_default()
}
