//! What requests, replies and notifications look like (`crm/lrmd.h`, protocol 1.1).

use core_xml::{Document, NodeId};
use std::collections::BTreeMap;

/// The version that replies name, and the oldest one that a client may have.
const VERSION: &str = "1.1";
const VERSION_MIN: [u32; 2] = [1, 0];

pub(crate) const OPERATION: &str = "lrmd_op";
pub(crate) const CLIENT_NAME: &str = "lrmd_clientname";
const CLIENT_ID: &str = "lrmd_clientid";
const IS_PROVIDER: &str = "lrmd_is_ipc_provider";
const PROTOCOL_VERSION: &str = "lrmd_protocol_version";
const CALL_ID: &str = "lrmd_callid";
const CALL_OPTIONS: &str = "lrmd_callopt";
const CALL_DATA: &str = "lrmd_calldata";
const CODE: &str = "lrmd_rc";
const ORIGIN: &str = "lrmd_origin";
const RESOURCE: &str = "lrmd_rsc";
const RESOURCE_ID: &str = "lrmd_rsc_id";
const ACTION: &str = "lrmd_rsc_action";
const INTERVAL: &str = "lrmd_rsc_interval";
const TIMEOUT: &str = "lrmd_timeout";
const START_DELAY: &str = "lrmd_rsc_start_delay";
const OUTPUT: &str = "lrmd_rsc_output";
const ATTRIBUTES: &str = "attributes";
const PARAMETER: &str = "param";

/// Bits of `lrmd_callopt` (`enum lrmd_call_options`).
pub(crate) mod options {
    /// Only who asked is told of results.
    pub(crate) const NOTIFY_ORIGINATOR: i32 = 2;
    /// A recurring operation's results are told only when they differ.
    pub(crate) const NOTIFY_CHANGES: i32 = 4;
    /// Of a registration: recurring operations end with the connection of the client that asked for them.
    pub(crate) const DROP_RECURRING: i32 = 3;
}

/// A request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    document: &'a Document,
    /// The first resource in it.
    resource: Option<NodeId>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(document: &'a Document) -> Request<'a> {
        let mut nodes = document.walk(document.root()).nodes();
        let resource = nodes.find(|node| document.name(*node) == Some(RESOURCE));
        Request { document, resource }
    }

    /// An attribute of the request itself.
    pub(crate) fn attribute(&self, name: &str) -> Option<&'a str> {
        self.document.attribute(self.document.root(), name)
    }

    pub(crate) fn options(&self) -> i32 {
        self.document.integer(self.document.root(), CALL_OPTIONS).unwrap_or(0)
    }

    /// Whether the client's protocol is one of ours.
    pub(crate) fn is_compatible(&self) -> bool {
        self.attribute(PROTOCOL_VERSION).is_some_and(|version| {
            let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
            [numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)] >= VERSION_MIN
        })
    }

    /// Whether the client is a remote node's way to the cluster.
    pub(crate) fn is_provider(&self) -> bool {
        self.attribute(IS_PROVIDER).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    fn of_resource(&self, name: &str) -> Option<&'a str> {
        self.document.attribute(self.resource?, name)
    }

    pub(crate) fn resource_id(&self) -> Option<&'a str> {
        self.of_resource(RESOURCE_ID)
    }

    pub(crate) fn class(&self) -> Option<&'a str> {
        self.of_resource("lrmd_class")
    }

    pub(crate) fn provider(&self) -> Option<&'a str> {
        self.of_resource("lrmd_provider")
    }

    pub(crate) fn kind(&self) -> Option<&'a str> {
        self.of_resource("lrmd_type")
    }

    pub(crate) fn action(&self) -> Option<&'a str> {
        self.of_resource(ACTION)
    }

    pub(crate) fn user_data(&self) -> Option<&'a str> {
        self.of_resource("lrmd_rsc_userdata_str")
    }

    /// `stonith-watchdog-timeout`.
    pub(crate) fn watchdog(&self) -> Option<&'a str> {
        let mut data = self.document.walk(self.document.root()).nodes();
        let data = data.find(|node| self.document.name(*node) == Some(CALL_DATA))?;
        self.document.attribute(self.document.elements(data).next()?, "lrmd_watchdog")
    }

    /// In milliseconds; 0 is once.
    pub(crate) fn interval(&self) -> u32 {
        self.of_resource(INTERVAL).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// In milliseconds; 0 is none.
    pub(crate) fn timeout(&self) -> i32 {
        self.resource.and_then(|node| self.document.integer(node, TIMEOUT)).unwrap_or(0)
    }

    /// In milliseconds.
    pub(crate) fn start_delay(&self) -> i32 {
        self.resource.and_then(|node| self.document.integer(node, START_DELAY)).unwrap_or(0)
    }

    pub(crate) fn parameters(&self) -> BTreeMap<String, String> {
        self.resource.map_or_else(BTreeMap::new, |node| self.parameters_of(node))
    }

    /// The alert that is to be sent, if it is whole.
    pub(crate) fn alert(&self) -> Option<AlertRequest<'a>> {
        let document = self.document;
        let mut nodes = document.walk(document.root()).nodes();
        let node = nodes.find(|node| document.name(*node) == Some("lrmd_alert"))?;
        Some(AlertRequest {
            id: document.attribute(node, "lrmd_alert_id")?,
            path: document.attribute(node, "lrmd_alert_path")?,
            timeout: document.integer(node, TIMEOUT).unwrap_or(0),
            parameters: self.parameters_of(node),
        })
    }

    fn parameters_of(&self, node: NodeId) -> BTreeMap<String, String> {
        let document = self.document;
        let Some(node) = document.child(node, Some(ATTRIBUTES)) else {
            return BTreeMap::new();
        };
        let own = document.attributes(node).map(|each| (each.name(), each.value()));
        let below = document.elements(node).filter(|child| document.name(*child) == Some(PARAMETER));
        let below =
            below.filter_map(|child| Some((document.attribute(child, "name")?, document.attribute(child, "value")?)));
        own.chain(below).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Which resource's recurring operations are asked for.
    pub(crate) fn recurring_of(&self) -> Option<&'a str> {
        let document = self.document;
        let data = document.child(document.root(), Some(CALL_DATA))?;
        document.attribute(document.child(data, Some(RESOURCE))?, RESOURCE_ID)
    }
}

/// An alert that is to be sent.
pub(crate) struct AlertRequest<'a> {
    pub(crate) id: &'a str,
    pub(crate) path: &'a str,
    /// In milliseconds; 0 is none.
    pub(crate) timeout: i32,
    pub(crate) parameters: BTreeMap<String, String>,
}

fn set(document: &mut Document, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        document.set_attribute(document.root(), name, value);
    }
}

fn set_number(document: &mut Document, name: &str, value: impl Into<i64>) {
    document.set_attribute(document.root(), name, &value.into().to_string());
}

/// The reply to a request; `origin` is the name of the reference's function.
pub(crate) fn reply(origin: &str, code: i32, call: i32) -> Document {
    let mut reply = Document::new("lrmd_reply");
    set(&mut reply, ORIGIN, Some(origin));
    set_number(&mut reply, CODE, code);
    set_number(&mut reply, CALL_ID, call);
    reply
}

pub(crate) fn signed_on(code: i32, call: i32, client: &str) -> Document {
    let mut reply = reply("process_lrmd_signon", code, call);
    set(&mut reply, OPERATION, Some("register"));
    set(&mut reply, CLIENT_ID, Some(client));
    set(&mut reply, PROTOCOL_VERSION, Some(VERSION));
    reply
}

/// What a resource was registered as.
pub(crate) struct Registration<'a> {
    pub(crate) id: &'a str,
    pub(crate) class: Option<&'a str>,
    pub(crate) provider: Option<&'a str>,
    pub(crate) kind: Option<&'a str>,
}

pub(crate) fn information(code: i32, call: i32, resource: Option<Registration<'_>>) -> Document {
    let mut reply = reply("process_lrmd_get_rsc_info", code, call);
    if let Some(resource) = resource {
        set(&mut reply, RESOURCE_ID, Some(resource.id));
        set(&mut reply, "lrmd_class", resource.class);
        set(&mut reply, "lrmd_provider", resource.provider);
        set(&mut reply, "lrmd_type", resource.kind);
    }
    reply
}

/// Appends a resource to a list of recurring operations, each with its action, interval and timeout.
pub(crate) fn list_recurring<'a>(
    reply: &mut Document,
    resource: &str,
    operations: impl Iterator<Item = (&'a str, u32, i32)>,
) {
    let node = reply.append_element(reply.root(), RESOURCE);
    reply.set_attribute(node, RESOURCE_ID, resource);
    for (action, interval, timeout) in operations {
        let operation = reply.append_element(node, "lrmd_rsc_op");
        reply.set_attribute(operation, ACTION, action);
        reply.set_attribute(operation, INTERVAL, &interval.to_string());
        reply.set_attribute(operation, TIMEOUT, &timeout.to_string());
    }
}

/// All are told of a client that connected.
pub(crate) fn new_client() -> Document {
    let mut notice = Document::new("lrmd_notify");
    set(&mut notice, ORIGIN, Some("notify_of_new_client"));
    set(&mut notice, OPERATION, Some("lrmd_rsc_new_client"));
    notice
}

/// All are told that somebody's request was carried out.
pub(crate) fn carried_out(code: i32, call: i32, operation: &str, resource: Option<&str>) -> Document {
    let mut notice = Document::new("lrmd_notify");
    set(&mut notice, ORIGIN, Some("send_generic_notify"));
    set_number(&mut notice, CODE, code);
    set_number(&mut notice, CALL_ID, call);
    set(&mut notice, OPERATION, Some(operation));
    set(&mut notice, RESOURCE_ID, resource);
    notice
}

/// What is told of an operation's result.
pub(crate) struct Told<'a> {
    pub(crate) timeout: i32,
    pub(crate) interval: u32,
    pub(crate) start_delay: i32,
    pub(crate) code: i32,
    pub(crate) status: i32,
    pub(crate) call: i32,
    pub(crate) deleted: bool,
    /// Seconds since 1970.
    pub(crate) run: i64,
    /// Seconds since 1970.
    pub(crate) changed: i64,
    /// Milliseconds.
    pub(crate) execution: i32,
    /// Milliseconds.
    pub(crate) queue: i32,
    pub(crate) resource: &'a str,
    pub(crate) action: &'a str,
    pub(crate) user_data: Option<&'a str>,
    pub(crate) reason: Option<&'a str>,
    pub(crate) output: Option<&'a str>,
    pub(crate) parameters: &'a BTreeMap<String, String>,
}

pub(crate) fn result(told: &Told<'_>) -> Document {
    let mut notice = Document::new("lrmd_notify");
    set(&mut notice, ORIGIN, Some("send_cmd_complete_notify"));
    for (name, number) in [
        (TIMEOUT, i64::from(told.timeout)),
        (INTERVAL, told.interval.into()),
        (START_DELAY, told.start_delay.into()),
        ("lrmd_exec_rc", told.code.into()),
        ("lrmd_exec_op_status", told.status.into()),
        (CALL_ID, told.call.into()),
        ("lrmd_rsc_deleted", told.deleted.into()),
        ("lrmd_run_time", told.run),
        ("lrmd_rcchange_time", told.changed),
        ("lrmd_exec_time", told.execution.into()),
        ("lrmd_queue_time", told.queue.into()),
    ] {
        set_number(&mut notice, name, number);
    }
    set(&mut notice, OPERATION, Some("lrmd_rsc_exec"));
    set(&mut notice, RESOURCE_ID, Some(told.resource));
    set(&mut notice, ACTION, Some(told.action));
    set(&mut notice, "lrmd_rsc_userdata_str", told.user_data);
    set(&mut notice, "lrmd_rsc_exit_reason", told.reason);
    set(&mut notice, OUTPUT, told.output);
    let attributes = notice.append_element(notice.root(), ATTRIBUTES);
    for (name, value) in told.parameters {
        // a name that XML doesn't take as one
        if name.starts_with(|first: char| first.is_ascii_digit()) {
            let parameter = notice.append_element(attributes, PARAMETER);
            notice.set_attribute(parameter, "name", name);
            notice.set_attribute(parameter, "value", value);
        } else {
            notice.set_attribute(attributes, name, value);
        }
    }
    notice
}

/// The same notification without what the agent printed, for where it is too long to be sent; `None` where it has nothing.
#[must_use]
pub fn without_output(notice: &Document) -> Option<Document> {
    notice.attribute(notice.root(), OUTPUT)?;
    let mut shorter = notice.clone();
    shorter.remove_attribute(shorter.root(), OUTPUT);
    Some(shorter)
}
