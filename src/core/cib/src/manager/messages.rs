//! What requests, replies and notifications look like (`crm/cib/internal.h`, `crm/msg_xml.h`).

use crate::{CallOptions, Cib, CibError, FEATURE_SET, Operation};
use core_xml::{Document, Kind, NodeId, cib_digest};

pub(super) const OPERATION: &str = "cib_op";
pub(super) const CLIENT_ID: &str = "cib_clientid";
pub(super) const CLIENT_NAME: &str = "cib_clientname";
pub(super) const CALL_ID: &str = "cib_callid";
pub(super) const CALL_OPTIONS: &str = "cib_callopt";
pub(super) const CALL_DATA: &str = "cib_calldata";
pub(super) const SECTION: &str = "cib_section";
pub(super) const USER: &str = "cib_user";
pub(super) const NEWEST_SCHEMA: &str = "cib_schema_max";
/// The host that sent a message.
pub(super) const ORIGIN: &str = "src";
pub(super) const HOST: &str = "cib_host";
pub(super) const REPLY_TO: &str = "cib_isreplyto";
pub(super) const DELEGATED: &str = "cib_delegated_from";
pub(super) const UPDATE: &str = "cib_update";
pub(super) const RC: &str = "cib_rc";
pub(super) const UPGRADE_RC: &str = "cib_upgrade_rc";
pub(super) const PING_ID: &str = "cib_ping_id";
pub(super) const DIGEST: &str = "digest";
pub(super) const TYPE: &str = "t";
const FEATURES: &str = "crm_feature_set";
/// The newer name of [`USER`], which goes before it.
pub(super) const ACL_USER: &str = "acl_target";

/// What a client can ask to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Notification {
    Pre,
    Post,
    Confirm,
    Diff,
    Replace,
}

impl Notification {
    pub(super) fn named(name: &str) -> Option<Notification> {
        Some(match name.to_ascii_lowercase().as_str() {
            "cib_pre_notify" => Notification::Pre,
            "cib_post_notify" => Notification::Post,
            "cib_update_confirmation" => Notification::Confirm,
            "cib_diff_notify" => Notification::Diff,
            "cib_refresh_notify" => Notification::Replace,
            _ => return None,
        })
    }
}

/// Names of the cluster's daemons, old and new. Anybody can have one: alone it permits nothing.
pub(super) fn is_daemon(name: &str) -> bool {
    const DAEMONS: [&str; 14] = [
        "crmd",
        "stonithd",
        "stonith-ng",
        "attrd",
        "cib",
        "pacemakerd",
        "dc",
        "tengine",
        "lrmd",
        "pacemaker-attrd",
        "pacemaker-based",
        "pacemaker-controld",
        "pacemaker-execd",
        "pacemaker-fenced",
    ];
    DAEMONS.contains(&name)
}

pub(super) fn call_options(request: &Document) -> CallOptions {
    let bits = request.integer(request.root(), CALL_OPTIONS).unwrap_or(0);
    CallOptions::from_bits_retain(bits.cast_unsigned())
}

/// Whether an attribute is there and true, as XML has booleans of pacemaker's own messages.
pub(super) fn is_true(request: &Document, name: &str) -> bool {
    request.attribute(request.root(), name) == Some("true")
}

/// Notes for whom a request is, as access rules need it (`pcmk__update_acl_user()`): only root and the cluster's user may
/// ask in somebody's name, and only a daemon of theirs lets them.
pub(super) fn set_user(request: &mut Document, own: &str, peer: &str) {
    let is_privileged = |user: &str| matches!(user, "root" | "hacluster");
    let root = request.root();
    let requested = request.attribute(root, ACL_USER).or(request.attribute(root, USER));
    let user = match requested {
        _ if !is_privileged(own) => own,
        Some(requested) if is_privileged(peer) => requested,
        _ => peer,
    };
    let user = user.to_owned();
    request.set_attribute(root, ACL_USER, &user);
    request.set_attribute(root, USER, &user);
}

/// The reply to a message that has no reply of its own.
pub(super) struct Acknowledgement {
    name: &'static str,
    /// Where in the reference's source it is sent from: it says so.
    function: &'static str,
    line: u32,
    /// A `crm_exit_t`.
    status: u32,
}

pub(super) const WORKER: &str = "cib_common_callback_worker";
pub(super) const ACK: Acknowledgement = Acknowledgement { name: "ack", function: WORKER, line: 199, status: 0 };
/// `CRM_EX_INVALID_PARAM`.
pub(super) const ACK_INVALID: Acknowledgement = Acknowledgement { status: 2, ..ACK };
/// `CRM_EX_PROTOCOL`.
pub(super) const NACK: Acknowledgement =
    Acknowledgement { name: "nack", function: "cib_common_callback", line: 221, status: 76 };

impl Acknowledgement {
    pub(super) fn document(&self) -> Document {
        let mut ack = Document::new(self.name);
        let root = ack.root();
        ack.set_attribute(root, "function", self.function);
        ack.set_attribute(root, "line", &self.line.to_string());
        ack.set_attribute(root, "status", &self.status.to_string());
        ack
    }
}

/// The reply to a registration, by that name.
pub(super) fn welcome(name: &str, uuid: &str) -> Document {
    let mut welcome = Document::new(name);
    let root = welcome.root();
    welcome.set_attribute(root, OPERATION, "register");
    welcome.set_attribute(root, CLIENT_ID, uuid);
    welcome
}

/// The data of a request, and where the element in question is in it.
pub(super) fn call_data(request: &Document) -> Option<NodeId> {
    let holder = request.child(request.root(), Some(CALL_DATA))?;
    let fragment = request.children(holder).find(|node| !matches!(request.kind(*node), Kind::Text(_)))?;
    match request.name(fragment) {
        Some(name) if ["cib_fragment", "crm_xml", CALL_DATA].iter().any(|known| name.eq_ignore_ascii_case(known)) => {
            request.child(fragment, Some("cib"))
        }
        _ => Some(fragment),
    }
}

/// What is in a reply.
pub(super) struct Reply<'a> {
    pub(super) request: &'a Document,
    pub(super) options: CallOptions,
    pub(super) rc: i32,
    pub(super) output: Option<(&'a Document, NodeId)>,
}

impl Reply<'_> {
    pub(super) fn document(&self) -> Document {
        let mut reply = Document::new("cib-reply");
        let root = reply.root();
        let mut set = |name, value: Option<&str>| {
            if let Some(value) = value {
                reply.set_attribute(root, name, value);
            }
        };
        let of_request = |name| self.request.attribute(self.request.root(), name);
        set(TYPE, Some("cib"));
        for name in [OPERATION, CALL_ID, CLIENT_ID] {
            set(name, of_request(name));
        }
        set(CALL_OPTIONS, Some(&self.options.bits().cast_signed().to_string()));
        set(RC, Some(&self.rc.to_string()));
        if let Some((document, node)) = self.output {
            attach(&mut reply, CALL_DATA, document, node);
        }
        reply
    }
}

/// Puts a copy of an element into a message, within an element of that name.
fn attach(message: &mut Document, name: &str, document: &Document, node: NodeId) {
    let holder = message.append_element(message.root(), name);
    message.insert_copy(holder, None, document, node);
}

/// The version of a CIB, as notifications carry it: its attributes.
fn attach_generation(message: &mut Document, name: &str, cib: &Cib) {
    let mut generation = Document::new("generation_tuple");
    let root = generation.root();
    let cib = cib.document();
    for attribute in cib.attributes(cib.root()) {
        generation.set_attribute(root, attribute.name(), attribute.value());
    }
    attach(message, name, &generation, root);
}

/// A change that was made, or refused with `rc`, with its patch.
pub(super) fn change(
    cib: &Cib,
    operation: &str,
    rc: i32,
    update: Option<(&Document, NodeId)>,
    diff: &Document,
) -> Document {
    let mut notify = Document::new("notify");
    let root = notify.root();
    notify.set_attribute(root, TYPE, "cib_notify");
    notify.set_attribute(root, "subt", "cib_diff_notify");
    notify.set_attribute(root, OPERATION, operation);
    notify.set_attribute(root, RC, &rc.to_string());
    let about = update.unwrap_or((diff, diff.root()));
    notify.set_attribute(root, "cib_object_type", about.0.name(about.1).unwrap_or_default());
    attach_generation(&mut notify, "cib_generation", cib);
    if let Some((document, node)) = update {
        attach(&mut notify, UPDATE, document, node);
    }
    attach(&mut notify, "cib_update_result", diff, diff.root());
    notify
}

/// Sections that were replaced as a whole, for [`replaced`].
pub(super) const SECTIONS: [(&str, u32); 3] = [("nodes", 1), ("alerts", 2), ("status", 4)];

/// A CIB that was put in another's place; `sections`: bits of [`SECTIONS`].
pub(super) fn replaced(cib: &Cib, rc: i32, sections: u32) -> Document {
    let mut notify = Document::new("notify-replace");
    let root = notify.root();
    notify.set_attribute(root, TYPE, "cib_notify");
    notify.set_attribute(root, "subt", "cib_refresh_notify");
    notify.set_attribute(root, OPERATION, "cib_replace");
    notify.set_attribute(root, RC, &rc.to_string());
    notify.set_attribute(root, "cib_change_section", &sections.to_string());
    attach_generation(&mut notify, "cib-replace-generation", cib);
    notify
}

/// A message to other hosts.
pub(super) fn to_peers(name: &str, operation: Operation) -> Document {
    let mut message = Document::new(name);
    let root = message.root();
    message.set_attribute(root, TYPE, "cib");
    message.set_attribute(root, OPERATION, operation.name());
    message
}

/// Asks for the digests of all hosts' CIBs.
pub(super) fn ping(number: u64) -> Document {
    let mut ping = to_peers("ping", Operation::Ping);
    let root = ping.root();
    ping.set_attribute(root, PING_ID, &number.to_string());
    ping.set_attribute(root, FEATURES, FEATURE_SET);
    ping
}

/// What a message with a whole CIB takes over from the request that it answers (`cib_msg_copy()`).
const TAKEN_OVER: [&str; 17] = [
    TYPE,
    CLIENT_ID,
    CALL_OPTIONS,
    CALL_ID,
    REPLY_TO,
    SECTION,
    HOST,
    RC,
    DELEGATED,
    "cib_object",
    "cib_object_type",
    "cib_existing_object",
    "cib_seen",
    "cib_timeout",
    "cib_async_id",
    CLIENT_NAME,
    USER,
];

/// Our CIB, to be put in the place of a host's, or of all hosts', because `origin` asked for it.
pub(super) fn whole_cib(cib: &Cib, request: &Document, origin: &str, to_all: bool) -> Document {
    let mut message = Document::new("copy");
    let root = message.root();
    for name in TAKEN_OVER {
        if let Some(value) = request.attribute(request.root(), name).filter(|_| !(to_all && name == HOST)) {
            message.set_attribute(root, name, value);
        }
    }
    let asked = request.attribute(request.root(), OPERATION).unwrap_or_default();
    let cib = cib.document();
    let words = [
        (REPLY_TO, origin),
        (OPERATION, Operation::Replace.name()),
        ("original_cib_op", asked),
        (UPDATE, "true"),
        (FEATURES, FEATURE_SET),
        (DIGEST, &cib_digest(cib, cib.root())),
    ];
    for (name, value) in words {
        message.set_attribute(root, name, value);
    }
    attach(&mut message, CALL_DATA, cib, cib.root());
    message
}

/// What becomes of a request for an upgrade that another host took: all are to upgrade to that schema, or why not.
pub(super) fn upgrade(request: &Document, origin: &str, decision: Result<&str, CibError>) -> Document {
    let mut message = to_peers("cib_process_upgrade_server", Operation::Upgrade);
    let root = message.root();
    match decision {
        Ok(schema) => message.set_attribute(root, NEWEST_SCHEMA, schema),
        Err(error) => {
            message.set_attribute(root, REPLY_TO, origin);
            message.set_attribute(root, UPGRADE_RC, &error.rc().to_string());
        }
    }
    message.set_attribute(root, DELEGATED, origin);
    for name in [CLIENT_ID, CALL_OPTIONS, CALL_ID] {
        if let Some(value) = request.attribute(request.root(), name) {
            message.set_attribute(root, name, value);
        }
    }
    message
}

/// The answer to a ping: the digest of the CIB, and its version.
pub(super) fn pong(cib: &Cib, sequence: Option<&str>) -> (Document, String) {
    let cib = cib.document();
    let digest = cib_digest(cib, cib.root());
    let mut pong = Document::new("ping_response");
    let root = pong.root();
    pong.set_attribute(root, FEATURES, FEATURE_SET);
    pong.set_attribute(root, DIGEST, &digest);
    if let Some(sequence) = sequence {
        pong.set_attribute(root, PING_ID, sequence);
    }
    let mut shallow = Document::new("cib");
    let top = shallow.root();
    for attribute in cib.attributes(cib.root()) {
        shallow.set_attribute(top, attribute.name(), attribute.value());
    }
    attach(&mut pong, CALL_DATA, &shallow, top);
    (pong, digest)
}
