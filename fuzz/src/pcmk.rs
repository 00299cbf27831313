//! What pacemaker's daemons get from their clients.

use crate::records::{self, Writer};
use core_cib::Cib;
use core_cib::manager::{Action, ClientId, Envelope, Manager, Now, Setup, Who};
use core_pcmk_ipc::{Flags, HEADER_SIZE, decode, encode};
use core_xml::{Document, Limits};
use test_doubles::AnySchema;

/// Most text that is taken here, in bytes.
const TEXT_MAX: usize = 4 << 20;

/// A message: it is refused, or what was read can be written and read again.
pub fn ipc(input: &[u8]) {
    let Ok(message) = decode(input, TEXT_MAX) else { return };
    let limit = HEADER_SIZE + message.text.len() + 2;
    let again = encode(&message.text, message.id, message.flags, limit).expect("there is room");
    assert_eq!(decode(&again, TEXT_MAX), Ok(message));
}

pub(crate) fn ipc_seeds() -> Vec<Vec<u8>> {
    let text = "<cib_command t=\"cib\" cib_op=\"register\" cib_clientname=\"cibadmin\" cib_callopt=\"4096\"/>";
    let long = "<a b=\"c\"/>".repeat(200);
    let message = |text, limit| encode(text, 1, Flags::CLIENT_RESPONSE, limit).expect("it packs");
    vec![message(text, 1000), message(&long, 1000)]
}

/// Who is connected: name, whether it is trusted, whether it may write.
const CLIENTS: [(&str, bool, bool); 3] = [("root", true, true), ("alice", false, true), ("bob", false, false)];
/// Largest request that is looked at, in bytes, so that an input takes little time.
const REQUEST_MAX: usize = 8 << 10;

/// Requests of three clients to the CIB manager: `who` says it, with the flags `arg`. Every message that comes out can be
/// read, for a client that is there.
pub fn manager(input: &[u8]) {
    let setup = Setup { host: "n1".to_owned(), alone: true, user: "hacluster".to_owned(), buffer: 128 << 10 };
    let mut manager = Manager::new(Cib::empty("none", 0), None, setup);
    for (number, (user, trusted, writer)) in (0..).zip(CLIENTS) {
        let who = Who { uuid: number.to_string(), pid: 1, user: user.to_owned(), trusted, writer };
        manager.connect(ClientId(number), who);
    }
    for (seconds, record) in (0..).zip(records::read(input)) {
        let Ok(text) = std::str::from_utf8(&record.bytes[..record.bytes.len().min(REQUEST_MAX)]) else { continue };
        let Ok(request) = Document::parse(text, Limits { depth: 32, ..Limits::default() }) else { continue };
        let from = ClientId(u64::from(record.who) % CLIENTS.len() as u64);
        let envelope = Envelope { id: i32::from(record.kind), flags: Flags::from_bits_retain(u32::from(record.arg)) };
        manager.receive(from, envelope, request, Now { seconds, text: "now" }, &AnySchema);
        for action in manager.take_actions() {
            let (to, message) = match &action {
                Action::Reply(to, message) => (to, &message[..]),
                Action::Event(to, message) => (to, &message[..]),
                _ => continue,
            };
            assert!(to.0 < CLIENTS.len() as u64 && message.len() <= 128 << 10);
            let message = decode(message, TEXT_MAX).expect("what we send can be read");
            Document::parse(&message.text, Limits::default()).expect("and is XML");
        }
    }
}

pub(crate) fn manager_seeds() -> Vec<Vec<u8>> {
    let command = |operation: &str, options: u32, words: &str, data: &str| {
        format!(
            "<cib_command t=\"cib\" cib_op=\"{operation}\" cib_callid=\"1\" cib_callopt=\"{options}\" {words}>\
             <cib_calldata>{data}</cib_calldata></cib_command>"
        )
    };
    let subscribe =
        |kind: &str| format!("<c cib_op=\"cib_notify\" cib_notify_type=\"{kind}\" cib_notify_activate=\"1\"/>");
    let primitive = "<primitive id=\"a\" class=\"ocf\" type=\"Dummy\"/>";
    let rules = "<acls><acl_role id=\"r\"><acl_permission id=\"p\" kind=\"read\" xpath=\"//nodes\"/></acl_role>\
                 <acl_target id=\"alice\"><role id=\"r\"/></acl_target></acls>";
    let enable =
        "<cluster_property_set id=\"s\"><nvpair id=\"n\" name=\"enable-acl\" value=\"true\"/></cluster_property_set>";
    let all = [
        (0, subscribe("cib_diff_notify")),
        (1, subscribe("cib_refresh_notify")),
        (0, command("register", 4096, "cib_clientname=\"crmd\"", "")),
        (0, command("cib_create", 4096, "cib_section=\"resources\"", primitive)),
        (0, command("cib_modify", 4104, "cib_section=\"status\"", "<node_state id=\"1\"/>")),
        (0, command("cib_query", 4098, "cib_section=\"//primitive[@id='a']\"", "")),
        (0, command("cib_replace", 4096, "cib_section=\"nodes\"", "<nodes><node id=\"1\"/></nodes>")),
        (0, command("cib_create", 4096, "cib_section=\"crm_config\"", enable)),
        (0, command("cib_modify", 4096, "cib_section=\"acls\"", rules)),
        (1, command("cib_query", 4096, "", "")),
        (1, command("cib_delete", 4096, "cib_section=\"resources\"", primitive)),
        (2, command("ping", 4096, "cib_ping_id=\"1\"", "")),
        (0, command("cib_erase", 0, "", "")),
    ];
    let stream = all.iter().fold(Writer::new(), |stream, (who, text)| stream.and(1, *who, 0x200, text.as_bytes()));
    vec![stream.0]
}
