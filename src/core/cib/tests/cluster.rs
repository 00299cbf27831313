//! Managers of several hosts in a group that orders their messages: edited at random on all of them, killed and started
//! with what was on their disks, cut in two and healed. No CIB goes backwards; without faults every edit that was answered
//! is there, and all have the same CIB; with faults all have the newest one once they found each other again.

use core_cib::manager::{Action, Channel, ClientId, Envelope, Exit, Manager, Now, Setup, Who};
use core_cib::{CallOptions, Cib, Operation, Origin, Request, Versioning, stored};
use core_pcmk_ipc::{Flags, TEXT_MAX, decode};
use core_rules::DateTime;
use core_xml::{Document, Form, Limits, Version, cib_digest};
use proptest::{collection::vec, prelude::*};
use std::collections::{BTreeSet, VecDeque};
use test_doubles::AnySchema;

const HOSTS: usize = 4;
/// The one client of each host.
const CLIENT: ClientId = ClientId(1);

/// A message on its way: who sent it, and to whom unless to all.
type Message = (usize, Option<String>, String);

struct Host {
    manager: Manager,
    /// What it has yet to hear, in the group's order.
    inbox: VecDeque<Message>,
    disk: String,
    left: bool,
}

struct World {
    hosts: Vec<Option<Host>>,
    /// What was on the disks of hosts that are down.
    disks: Vec<String>,
    /// In which half of the network each host is.
    sides: [bool; HOSTS],
    seconds: u64,
    calls: usize,
    /// Calls that were answered with success.
    done: BTreeSet<usize>,
}

#[derive(Clone, Debug)]
enum Edit {
    /// A primitive of its own, called after the call.
    Create,
    Modify(u8),
    State(u8),
    Delete(u8),
    Replace(Vec<u8>),
    Bump,
    Erase,
    /// A patch from the CIB as it is on that host.
    Patch(u8),
}

#[derive(Clone, Debug)]
enum Step {
    Edit(usize, Edit),
    Hear(usize, usize),
    Wait(u64),
    Cut([bool; HOSTS]),
    Heal,
    Kill(usize),
    Stop(usize),
    Start(usize),
    Elect,
}

fn name(host: usize) -> String {
    format!("n{}", host + 1)
}

fn parse(text: &str) -> Document {
    Document::parse(text, Limits::default()).expect("XML")
}

fn version(manager: &Manager) -> Version {
    let cib = manager.cib().document();
    Version::of(cib, cib.root(), Version::default())
}

fn digest(manager: &Manager) -> String {
    let cib = manager.cib().document();
    cib_digest(cib, cib.root())
}

impl World {
    fn new() -> World {
        let disk = stored::store(&Cib::empty("none", 1), "then").text;
        let mut world = World {
            hosts: (0..HOSTS).map(|_| None).collect(),
            disks: vec![disk; HOSTS],
            sides: [false; HOSTS],
            seconds: 100,
            calls: 0,
            done: BTreeSet::new(),
        };
        (0..HOSTS).for_each(|host| world.start(host));
        world.elect();
        world.settle();
        world
    }

    fn host(&self, host: usize) -> Option<&Host> {
        self.hosts[host].as_ref()
    }

    fn up(&self) -> Vec<usize> {
        (0..HOSTS).filter(|host| self.hosts[*host].is_some()).collect()
    }

    fn with(&mut self, host: usize, act: impl FnOnce(&mut Manager, Now<'_>)) {
        let seconds = self.seconds;
        let Some(at) = &mut self.hosts[host] else { return };
        act(&mut at.manager, Now { seconds, text: "now", local: DateTime::EPOCH });
        for action in at.manager.take_actions() {
            self.carry_out(host, action);
        }
    }

    fn carry_out(&mut self, host: usize, action: Action) {
        match action {
            Action::Send(to, text) => {
                for other in 0..HOSTS {
                    if self.sides[other] == self.sides[host]
                        && let Some(other) = &mut self.hosts[other]
                    {
                        other.inbox.push_back((host, to.clone(), text.clone()));
                    }
                }
            }
            Action::Event(_, bytes) => {
                let reply = parse(&decode(&bytes, TEXT_MAX).expect("what is sent can be read").text);
                if reply.attribute(reply.root(), "cib_rc") == Some("0") {
                    self.done.extend(reply.integer(reply.root(), "cib_callid").map(|call| call as usize));
                }
            }
            Action::Write(_) => {
                let at = self.hosts[host].as_mut().expect("it acts");
                at.disk = stored::store(at.manager.cib(), "then").text;
            }
            Action::Exit(how) => {
                assert_eq!(how, Exit::Done);
                self.hosts[host].as_mut().expect("it acts").left = true;
            }
            Action::Reply(..) | Action::Remote(..) | Action::QueueLimit(..) | Action::Log(..) => {}
        }
    }

    /// Lets a host hear the next message; whether there was one.
    fn hear(&mut self, host: usize) -> bool {
        let next = self.hosts[host].as_mut().and_then(|host| host.inbox.pop_front());
        let Some((from, to, text)) = next else { return false };
        if to.is_none_or(|to| to == name(host)) {
            let before = self.host(host).map(|host| version(&host.manager));
            self.with(host, |manager, now| manager.hear(&name(from), parse(&text), now, &AnySchema));
            let after = self.host(host).map(|host| version(&host.manager));
            assert!(before <= after, "{} went from {before:?} to {after:?} by {text}", name(host));
        }
        true
    }

    /// Lets all hear all.
    fn settle(&mut self) {
        while (0..HOSTS).any(|host| self.hear(host)) {}
    }

    fn command(&mut self, host: usize, operation: Operation, words: &str, data: &str) -> usize {
        self.calls += 1;
        let text = format!(
            "<cib_command t=\"cib\" cib_op=\"{}\" cib_callid=\"{}\" cib_callopt=\"8\" {words}>\
             <cib_calldata>{data}</cib_calldata></cib_command>",
            operation.name(),
            self.calls
        );
        let envelope = Envelope { id: 1, flags: Flags::empty() };
        self.with(host, |manager, now| manager.receive(CLIENT, envelope, parse(&text), now, &AnySchema));
        self.calls
    }

    fn edit(&mut self, host: usize, edit: &Edit) {
        const RESOURCES: &str = "cib_section=\"resources\"";
        let primitive = |n: &u8, words: &str| format!("<primitive id=\"r{n}\" {words}/>");
        let call = (self.calls + 1) as u8;
        let (operation, section, data) = match edit {
            Edit::Create => {
                let data = format!("<primitive id=\"own-{}\"/>", self.calls + 1);
                (Operation::Create, RESOURCES, data)
            }
            Edit::Modify(n) => (Operation::Modify, RESOURCES, primitive(n, &format!("type=\"{call}\""))),
            Edit::State(n) => {
                (Operation::Modify, "cib_section=\"status\"", format!("<node_state id=\"{n}\" crmd=\"{call}\"/>"))
            }
            Edit::Delete(n) => (Operation::Delete, RESOURCES, primitive(n, "")),
            Edit::Replace(all) => {
                let all: String = all.iter().map(|n| primitive(n, "class=\"ocf\"")).collect();
                (Operation::Replace, "cib_section=\"constraints\"", format!("<constraints>{all}</constraints>"))
            }
            Edit::Bump => (Operation::Bump, "", String::new()),
            Edit::Erase => (Operation::Erase, "", String::new()),
            Edit::Patch(n) => {
                let Some(at) = self.host(host) else { return };
                let data = parse(&format!("<nodes><node id=\"{n}\" uname=\"{call}\"/></nodes>"));
                let request = Request {
                    operation: Operation::Modify,
                    section: None,
                    options: CallOptions::CAN_CREATE,
                    data: Some((&data, data.root())),
                    digest: None,
                    origin: Origin::default(),
                    access: None,
                    newest_schema: None,
                };
                let changed = at.manager.cib().clone().change(&request, Versioning::Managed, &AnySchema);
                let Some(patch) = changed.ok().and_then(|change| change.patch) else { return };
                (Operation::ApplyPatch, "", patch.text(patch.root(), Form::Compact))
            }
        };
        self.command(host, operation, section, &data);
    }

    fn start(&mut self, host: usize) {
        if self.hosts[host].is_some() {
            return;
        }
        self.settle();
        let mut cib = parse(&self.disks[host]);
        stored::complete(&mut cib, true);
        let setup = Setup { host: name(host), alone: false, user: "root".to_owned() };
        let mut manager = Manager::new(Cib::new(cib).expect("a CIB"), None, setup, &DateTime::EPOCH);
        let who = Who {
            uuid: format!("c-{host}"),
            user: "root".to_owned(),
            writer: true,
            channel: Channel::Local { pid: 1, trusted: true, buffer: 128 << 10 },
        };
        manager.connect(CLIENT, who);
        let disk = self.disks[host].clone();
        self.hosts[host] = Some(Host { manager, inbox: VecDeque::new(), disk, left: false });
    }

    fn kill(&mut self, host: usize) {
        if let Some(gone) = self.hosts[host].take() {
            self.disks[host] = gone.disk;
        }
    }

    /// Stops a host in order: the others let it go.
    fn stop(&mut self, host: usize) {
        let active = self.up().into_iter().filter(|other| self.sides[*other] == self.sides[host]).count();
        self.with(host, |manager, now| manager.shut_down(active, now));
        self.settle();
        assert!(self.host(host).is_none_or(|host| host.left), "{} may not go", name(host));
        self.kill(host);
    }

    /// What the controllers do once they know each other: one host decides, and all get the newest CIB among them.
    fn elect(&mut self) {
        for side in [false, true] {
            let members: Vec<usize> = self.up().into_iter().filter(|host| self.sides[*host] == side).collect();
            let Some((decides, others)) = members.split_first() else { continue };
            for host in others {
                self.command(*host, Operation::Secondary, "", "");
            }
            self.command(*decides, Operation::Primary, "", "");
            let newest = members.iter().max_by_key(|host| self.host(**host).map(|host| version(&host.manager)));
            let newest = name(*newest.expect("there is one"));
            self.command(*decides, Operation::SyncToAll, &format!("cib_host=\"{newest}\""), "");
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Edit(host, edit) => self.edit(*host, edit),
            Step::Hear(host, count) => drop((0..*count).take_while(|_| self.hear(*host)).count()),
            Step::Wait(seconds) => {
                self.seconds += seconds;
                (0..HOSTS).for_each(|host| self.with(host, Manager::tick));
            }
            Step::Cut(sides) => {
                self.settle();
                self.sides = *sides;
            }
            Step::Heal => {
                self.settle();
                self.sides = [false; HOSTS];
            }
            Step::Kill(host) => self.kill(*host),
            Step::Stop(host) => self.stop(*host),
            Step::Start(host) => self.start(*host),
            Step::Elect => self.elect(),
        }
    }

    /// The digests of all hosts that are up.
    fn digests(&self) -> BTreeSet<String> {
        self.hosts.iter().flatten().map(|host| digest(&host.manager)).collect()
    }
}

fn edits(harmless: bool) -> impl Strategy<Value = Edit> {
    let own = prop_oneof![
        6 => Just(Edit::Create), 4 => (0u8..6).prop_map(Edit::Modify), 4 => (0u8..4).prop_map(Edit::State),
        2 => (0u8..6).prop_map(Edit::Delete), 1 => vec(0u8..6, 0..3).prop_map(Edit::Replace), 1 => Just(Edit::Bump),
    ];
    let any = prop_oneof![12 => own.clone(), 2 => (0u8..6).prop_map(Edit::Patch), 1 => Just(Edit::Erase)];
    if harmless { own.boxed() } else { any.boxed() }
}

fn calm() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..HOSTS, edits(true)).prop_map(|(host, edit)| Step::Edit(host, edit)),
        6 => (0..HOSTS, 1usize..6).prop_map(|(host, count)| Step::Hear(host, count)),
        1 => (1u64..8).prop_map(Step::Wait),
    ]
}

fn rough() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..HOSTS, edits(false)).prop_map(|(host, edit)| Step::Edit(host, edit)),
        10 => (0..HOSTS, 1usize..6).prop_map(|(host, count)| Step::Hear(host, count)),
        2 => (1u64..8).prop_map(Step::Wait),
        1 => any::<[bool; HOSTS]>().prop_map(Step::Cut),
        1 => Just(Step::Heal),
        1 => (0..HOSTS).prop_map(Step::Kill),
        1 => (0..HOSTS).prop_map(Step::Stop),
        2 => (0..HOSTS).prop_map(Step::Start),
        2 => Just(Step::Elect),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn without_faults_all_do_the_same_and_nothing_is_lost(steps in vec(calm(), 0..120)) {
        let mut world = World::new();
        let mut created = Vec::new();
        for step in &steps {
            world.take(step);
            if matches!(step, Step::Edit(_, Edit::Create)) {
                created.push(world.calls);
            }
        }
        world.settle();
        prop_assert_eq!(world.digests().len(), 1);
        let cib = world.host(0).expect("it is up").manager.cib().document();
        let text = cib.text(cib.root(), Form::Compact);
        for call in created {
            let id = format!("\"own-{call}\"");
            prop_assert!(world.done.contains(&call) && text.contains(&id), "{id}: {text}");
        }
    }

    #[test]
    fn after_faults_all_have_the_newest_cib(steps in vec(rough(), 0..160)) {
        let mut world = World::new();
        steps.iter().for_each(|step| world.take(step));
        world.take(&Step::Heal);
        (0..HOSTS).for_each(|host| world.start(host));
        let newest = world.hosts.iter().flatten().map(|host| version(&host.manager)).max().expect("hosts");
        world.elect();
        world.settle();
        prop_assert_eq!(world.digests().len(), 1);
        for host in world.hosts.iter().flatten() {
            prop_assert!(version(&host.manager) >= newest);
        }
    }

    #[test]
    fn a_host_that_differs_at_the_same_version_is_found_out(host in 0..HOSTS, edits in vec(edits(true), 1..20)) {
        let mut world = World::new();
        // so many changes of the status by one host alone, then one of the configuration by all
        for n in 0..3 {
            let words = format!("cib_section=\"status\" cib_host=\"{}\"", name(host));
            world.command(host, Operation::Modify, &words, &format!("<node_state id=\"alone-{n}\"/>"));
        }
        edits.iter().for_each(|edit| world.edit(0, edit));
        world.edit(1, &Edit::Create);
        world.settle();
        prop_assert!(world.digests().len() > 1);
        world.take(&Step::Wait(6));
        world.settle();
        prop_assert_eq!(world.digests().len(), 1);
    }
}
