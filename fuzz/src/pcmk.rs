//! What pacemaker's daemons get from their clients.

use crate::records::{self, Writer};
use core_cib::Cib;
use core_cib::manager::remote::{LOGIN_MAX, Login};
use core_cib::manager::{Action, Channel, ClientId, Envelope, Manager, Now, Setup, Who};
use core_pcmk_ipc::{Flags, HEADER_SIZE, Incoming, decode, encode, encode_remote};
use core_peers::{Host, Kind};
use core_rules::DateTime;
use core_xml::{Document, Limits};
use test_doubles::AnySchema;

/// Most text that is taken here, in bytes.
const TEXT_MAX: usize = 4 << 20;

/// A message, over IPC or from another host: it is refused, or what was read can be written and read again.
pub fn ipc(input: &[u8]) {
    stream(input);
    let Ok(message) = decode(input, TEXT_MAX) else { return };
    let limit = HEADER_SIZE + message.text.len() + 2;
    let again = encode(&message.text, message.id, message.flags, limit).expect("there is room");
    assert_eq!(decode(&again, TEXT_MAX), Ok(message));
}

/// What somebody says at the manager's port who may yet log in.
fn stream(input: &[u8]) {
    let mut incoming = Incoming::limited(LOGIN_MAX);
    incoming.push(input);
    while let Ok(Some(text)) = incoming.next_text() {
        let mut again = Incoming::limited(LOGIN_MAX);
        again.push(&encode_remote(&text, 1));
        assert_eq!(again.next_text(), Ok(Some(text.clone())));
        let Err(refused) = Login::read(&text) else { continue };
        let said = refused.to_string();
        assert!(said.len() < 500 && !said.contains('\n'), "{said}");
    }
}

pub(crate) fn ipc_seeds() -> Vec<Vec<u8>> {
    let text = "<cib_command t=\"cib\" cib_op=\"register\" cib_clientname=\"cibadmin\" cib_callopt=\"4096\"/>";
    let long = "<a b=\"c\"/>".repeat(200);
    let message = |text, limit| encode(text, 1, Flags::CLIENT_RESPONSE, limit).expect("it packs");
    let login = "<cib_command op=\"authenticate\" user=\"u\" password=\"p\"/>";
    let other = "<cib_command op=\"a&#10;b\" user=\"u\"/>";
    let streams = [[login, other].map(|text| encode_remote(text, 1)).concat()];
    [message(text, 1000), message(&long, 1000)].into_iter().chain(streams).collect()
}

fn peer(node: u32, name: &str) -> Host {
    Host { node, name: name.to_owned() }
}

/// A message of another host: it is refused, not for us, or what was read can be written and read again.
pub fn peers(input: &[u8]) {
    let Ok(Some(heard)) = core_peers::decode(input, 2, &peer(1, "n1")) else { return };
    let again = core_peers::encode(&heard.text, 1, Kind::Cib, None, &peer(2, "n2"), 7);
    let again = core_peers::decode(&again, 2, &peer(1, "n1"));
    assert_eq!(again.map(|heard| heard.map(|heard| heard.text)), Ok(Some(heard.text)));
}

pub(crate) fn peers_seeds() -> Vec<Vec<u8>> {
    let message = |text: &str, to| core_peers::encode(text, 1, Kind::Cib, to, &peer(2, "n2"), 7);
    let ping = "<ping t=\"cib\" cib_op=\"ping\" cib_ping_id=\"1\"/>";
    vec![message(ping, None), message(ping, Some(&peer(1, "n1"))), message(&"<a b=\"c\"/>".repeat(16_000), None)]
}

/// Who is connected: name, whether it is trusted, whether it may write.
const CLIENTS: [(&str, bool, bool); 3] = [("root", true, true), ("alice", false, true), ("bob", false, false)];
/// After the clients here, and the host: one on another host.
const REMOTE: usize = CLIENTS.len() + 1;
/// Largest request that is looked at, in bytes, so that an input takes little time.
const REQUEST_MAX: usize = 8 << 10;

/// Messages of a host, its three clients and one on another host to the CIB manager: `who` says it, clients with the flags
/// `arg`. Every message that comes out can be read, for a client that is there or for hosts; what goes to all comes back.
pub fn manager(input: &[u8]) {
    let setup = Setup { host: "n1".to_owned(), alone: false, user: "hacluster".to_owned() };
    let mut manager = Manager::new(Cib::empty("none", 0), None, setup, &DateTime::EPOCH);
    for (number, (user, trusted, writer)) in (0..).zip(CLIENTS) {
        let who = Who {
            uuid: number.to_string(),
            user: user.to_owned(),
            writer,
            channel: Channel::Local { pid: 1, trusted, buffer: 128 << 10 },
        };
        manager.connect(ClientId(number), who);
    }
    let channel = Channel::Remote { name: None };
    let who = Who { uuid: "remote".to_owned(), user: "alice".to_owned(), writer: true, channel };
    manager.connect(ClientId(REMOTE as u64), who);
    for (seconds, record) in (0..).zip(records::read(input)) {
        let Ok(text) = std::str::from_utf8(&record.bytes[..record.bytes.len().min(REQUEST_MAX)]) else { continue };
        let Ok(request) = Document::parse(text, Limits { depth: 32, ..Limits::default() }) else { continue };
        let now = Now { seconds, text: "now", local: DateTime::EPOCH };
        match usize::from(record.who) % (REMOTE + 1) {
            host if host == CLIENTS.len() => manager.hear("n2", request, now, &AnySchema),
            REMOTE => manager.receive_remote(ClientId(REMOTE as u64), request, now, &AnySchema),
            client => {
                let flags = Flags::from_bits_retain(u32::from(record.arg));
                let envelope = Envelope { id: i32::from(record.kind), flags };
                manager.receive(ClientId(client as u64), envelope, request, now, &AnySchema);
            }
        }
        manager.tick(now);
        for sent in check(manager.take_actions()) {
            manager.hear("n1", sent, now, &AnySchema);
            check(manager.take_actions());
        }
    }
}

/// Checks what comes out, and gives what goes to hosts.
fn check(actions: Vec<Action>) -> Vec<Document> {
    let mut sent = Vec::new();
    for action in actions {
        let (to, message) = match &action {
            Action::Reply(to, message) => (to, &message[..]),
            Action::Event(to, message) => (to, &message[..]),
            Action::Remote(to, message) => {
                assert_eq!(to.0, REMOTE as u64);
                let mut incoming = Incoming::default();
                incoming.push(message);
                let text = incoming.next_text().expect("what we send can be read").expect("and is whole");
                Document::parse(&text, Limits::default()).expect("and is XML");
                continue;
            }
            Action::Send(_, text) => {
                sent.push(Document::parse(text, Limits::default()).expect("what we send is XML"));
                continue;
            }
            _ => continue,
        };
        assert!(to.0 < CLIENTS.len() as u64 && message.len() <= 128 << 10);
        let message = decode(message, TEXT_MAX).expect("what we send can be read");
        Document::parse(&message.text, Limits::default()).expect("and is XML");
    }
    sent
}

/// Patchsets that fit the manager's first CIB.
const FORMAT_1: &str = "<diff><diff-removed><cib epoch=\"0\"><configuration><nodes __crm_diff_marker__=\"removed:top\"/>\
    </configuration></cib></diff-removed><diff-added><cib epoch=\"1\"><configuration><resources><group id=\"g\" \
    __crm_diff_marker__=\"added:top\"><primitive id=\"a\"/></group></resources></configuration></cib></diff-added></diff>";
const FORMAT_2: &str = "<diff format=\"2\"><change operation=\"delete\" path=\"/cib/configuration/nodes\"/>\
    <change operation=\"create\" path=\"/cib/configuration/resources\" position=\"0\"><group id=\"g\"/></change></diff>";

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
        (0, command("cib_apply_diff", 4096, "", FORMAT_1)),
        (0, command("cib_apply_diff", 4096, "", FORMAT_2)),
        (1, command("cib_query", 4096, "", "")),
        (1, command("cib_delete", 4096, "cib_section=\"resources\"", primitive)),
        (2, command("ping", 4096, "cib_ping_id=\"1\"", "")),
        (4, subscribe("cib_diff_notify").replace("<c ", "<cib_command ")),
        (4, command("cib_modify", 4096, "cib_section=\"resources\" cib_host=\"n2\"", primitive)),
        (4, command("cib_query", 0, "", "")),
        (0, command("cib_erase", 0, "", "")),
        (3, command("cib_sync_one", 0, "", "")),
        (3, command("cib_create", 0, "cib_delegated_from=\"n1\" cib_section=\"resources\"", primitive)),
        (3, command("ping", 0, "cib_isreplyto=\"n1\"", "<ping_response digest=\"x\" cib_ping_id=\"0\"/>")),
        (3, command("cib_replace", 0, "cib_isreplyto=\"n1\" cib_update=\"true\"", "<cib epoch=\"9\"/>")),
        (3, command("cib_shutdown_req", 0, "", "")),
    ];
    let stream = all.iter().fold(Writer::new(), |stream, (who, text)| stream.and(1, *who, 0x200, text.as_bytes()));
    vec![stream.0]
}
