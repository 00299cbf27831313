//! A client of the executor that says what it hears, times left out.

pub(crate) mod crowd;
pub(crate) mod session;
pub(crate) mod units;

use core_pcmk_ipc::{Flags, TEXT_MAX, decode, encode};
use core_xml::{Document, Limits, NodeId};
use sys_qb::Client;

/// Size of messages, in bytes.
const BUFFER: usize = 128 << 10;
/// How long an answer may take, in milliseconds.
const PATIENCE: i32 = 20_000;
/// What differs between any two runs, and says only whether it is there.
const TIMES: [&str; 6] = [
    "lrmd_run_time",
    "lrmd_rcchange_time",
    "lrmd_exec_time",
    "lrmd_queue_time",
    "lrmd_clientid",
    // where it is half of what was left of some time
    "lrmd_rsc_start_delay",
];

/// See the module.
pub(crate) struct Peer {
    name: &'static str,
    client: Client,
    last: i32,
}

impl Peer {
    /// Connects, without a word yet.
    pub(crate) fn connect(name: &'static str) -> Peer {
        let client = Client::connect("lrmd", BUFFER).expect("the executor takes connections");
        Peer { name, client, last: 0 }
    }

    /// Connects and signs on.
    pub(crate) fn sign_on(name: &'static str) -> Peer {
        let mut peer = Peer::connect(name);
        peer.ask("register", &format!("lrmd_clientname=\"{name}\" lrmd_protocol_version=\"1.1\""), "");
        peer
    }

    /// Sends a request and prints its reply.
    pub(crate) fn ask(&mut self, operation: &str, attributes: &str, resource: &str) {
        let data =
            if resource.is_empty() { String::new() } else { format!("<lrmd_calldata>{resource}</lrmd_calldata>") };
        let text = format!("<lrmd_command t=\"lrmd\" lrmd_op=\"{operation}\" {attributes}>{data}</lrmd_command>");
        self.last += 1;
        let message = encode(&text, self.last, Flags::CLIENT_RESPONSE, BUFFER).expect("it is short");
        let mut reply = vec![0; BUFFER];
        match self.client.call(&[&message], &mut reply, PATIENCE) {
            Ok(length) => self.say("reply", &reply[..length]),
            Err(errno) => panic!("{} has no reply to {operation}: {errno}", self.name),
        }
    }

    /// Sends a request that gets no reply.
    pub(crate) fn tell(&mut self, operation: &str, flags: Flags) {
        let text = format!(
            "<lrmd_command t=\"lrmd\" lrmd_op=\"{operation}\"><lrmd_calldata><x/></lrmd_calldata></lrmd_command>"
        );
        let message = encode(&text, 0, flags, BUFFER).expect("it is short");
        println!("{} sends {operation}: {:?}", self.name, self.client.send(&[&message]));
    }

    /// Tells of the watchdog's time, and says whether the executor still answers.
    pub(crate) fn check_watchdog(&mut self, value: &str) {
        let text = format!(
            "<lrmd_command t=\"lrmd\" lrmd_op=\"lrmd_check\"><lrmd_calldata><lrmd_op lrmd_watchdog=\"{value}\"/></lrmd_calldata></lrmd_command>"
        );
        let message = encode(&text, 0, Flags::CLIENT_RESPONSE, BUFFER).expect("it is short");
        self.client.send(&[&message]).expect("it is there still");
        let poke = encode("<lrmd_command t=\"lrmd\" lrmd_op=\"lrmd_rsc_poke\"/>", 9, Flags::CLIENT_RESPONSE, BUFFER);
        let poke = poke.expect("it is short");
        if self.client.call(&[&poke], &mut vec![0; BUFFER], PATIENCE).is_ok() {
            println!("{} is served", self.name);
        }
    }

    /// Sends bytes as they are.
    pub(crate) fn throw(&mut self, bytes: &[u8]) {
        let _whatever = self.client.send(&[bytes]);
    }

    /// Waits for so many events with this in them.
    pub(crate) fn count(&mut self, part: &str, count: usize) {
        let mut event = vec![0; BUFFER];
        let mut counted = 0;
        while counted < count {
            let length = self.client.event(&mut event, PATIENCE).expect("more events");
            counted += usize::from(decode(&event[..length], TEXT_MAX).is_ok_and(|message| message.text.contains(part)));
        }
        let _gone = self.client.settle();
    }

    /// Registers an OCF agent of the tests.
    pub(crate) fn register(&mut self, id: &str, kind: &str) {
        self.register_as(id, "ocf", Some("test"), kind);
        self.hear(1);
    }

    pub(crate) fn register_as(&mut self, id: &str, class: &str, provider: Option<&str>, kind: &str) {
        let provider = provider.map_or_else(String::new, |provider| format!("lrmd_provider=\"{provider}\""));
        let resource =
            format!("<lrmd_rsc lrmd_rsc_id=\"{id}\" lrmd_class=\"{class}\" {provider} lrmd_type=\"{kind}\"/>");
        self.ask("lrmd_rsc_register", "", &resource);
    }

    pub(crate) fn exec(&mut self, id: &str, action: &str, interval: u32) {
        self.exec_with(id, action, interval, "", "", "");
    }

    /// With more attributes of the request and of the resource, and parameters.
    pub(crate) fn exec_with(
        &mut self,
        id: &str,
        action: &str,
        interval: u32,
        request: &str,
        more: &str,
        parameters: &str,
    ) {
        let resource = format!(
            "<lrmd_rsc lrmd_rsc_id=\"{id}\" lrmd_rsc_action=\"{action}\" lrmd_rsc_interval=\"{interval}\" {more}>\
             <attributes {parameters}/></lrmd_rsc>"
        );
        self.ask("lrmd_rsc_exec", request, &resource);
    }

    /// About a resource, with an action and an interval.
    pub(crate) fn about(&mut self, operation: &str, id: &str, action: &str, interval: u32) {
        let resource =
            format!("<lrmd_rsc lrmd_rsc_id=\"{id}\" lrmd_rsc_action=\"{action}\" lrmd_rsc_interval=\"{interval}\"/>");
        self.ask(operation, "", &resource);
    }

    /// Waits for so many events and prints them.
    pub(crate) fn hear(&mut self, count: usize) {
        let mut event = vec![0; BUFFER];
        for _ in 0..count {
            match self.client.event(&mut event, PATIENCE) {
                Ok(length) => self.say("event", &event[..length]),
                Err(errno) => panic!("{} hears nothing: {errno}", self.name),
            }
        }
        let _gone = self.client.settle();
    }

    fn say(&self, what: &str, bytes: &[u8]) {
        match decode(bytes, TEXT_MAX) {
            Ok(message) => {
                let id = if what == "reply" { message.id - self.last } else { 0 };
                println!("{} {what} {id} {:#x} {}", self.name, message.flags.bits(), normal(&message.text));
            }
            Err((error, _)) => println!("{} {what}: {error}", self.name),
        }
    }
}

/// Attributes sorted, times left out.
fn normal(text: &str) -> String {
    match Document::parse(text, Limits::default()) {
        Ok(document) => write(&document, document.root()),
        Err(error) => format!("{error}: {text}"),
    }
}

fn write(document: &Document, node: NodeId) -> String {
    let mut attributes: Vec<String> = document
        .attributes(node)
        .map(|attribute| {
            let value = match attribute.name() {
                name if !TIMES.contains(&name) => attribute.value(),
                "lrmd_run_time" | "lrmd_rcchange_time" if attribute.value() == "0" => "never",
                "lrmd_rsc_start_delay" if attribute.value().ends_with("00") => attribute.value(),
                _ => "*",
            };
            format!(" {}={value:?}", attribute.name())
        })
        .collect();
    attributes.sort();
    let children: Vec<String> = document.elements(node).map(|child| write(document, child)).collect();
    format!("<{}{}>{}", document.name(node).unwrap_or_default(), attributes.concat(), children.concat())
}
