//! What becomes of clients' messages: who is answered, who is told, what is written.

use core_cib::manager::{Action, Channel, ClientId, Envelope, Manager, Now, Setup, Who};
use core_cib::{Cib, CibError};
use core_pcmk_ipc::{Flags, Incoming, TEXT_MAX, decode};
use core_rules::DateTime;
use core_xml::{Document, Limits};
use test_doubles::AnySchema;

struct Table {
    manager: Manager,
    seconds: u64,
}

const ONE: ClientId = ClientId(1);
const OTHER: ClientId = ClientId(2);
const READER: ClientId = ClientId(3);
/// On another host.
const REMOTE: ClientId = ClientId(4);
const PEOPLE: [(ClientId, &str, bool); 3] = [(ONE, "root", true), (OTHER, "alice", true), (READER, "root", false)];
const RESPONSE: Flags = Flags::CLIENT_RESPONSE;

impl Table {
    fn new() -> Table {
        let setup = Setup { host: "localhost".to_owned(), alone: true, user: "hacluster".to_owned() };
        let mut manager = Manager::new(Cib::empty("none", 0), None, setup, &DateTime::EPOCH);
        for (id, user, writer) in PEOPLE {
            let who = Who {
                uuid: format!("uuid-{}", id.0),
                user: user.to_owned(),
                writer,
                channel: Channel::Local { pid: 7, trusted: user == "root", buffer: 128 << 10 },
            };
            manager.connect(id, who);
        }
        let channel = Channel::Remote { name: None };
        manager.connect(REMOTE, Who { uuid: "uuid-4".to_owned(), user: "bob".to_owned(), writer: true, channel });
        Table { manager, seconds: 100 }
    }

    fn say(&mut self, from: ClientId, id: i32, flags: Flags, text: &str) -> Vec<Action> {
        let request = Document::parse(text, Limits::default()).unwrap();
        let now = Now { seconds: self.seconds, text: "now", local: DateTime::EPOCH };
        self.manager.receive(from, Envelope { id, flags }, request, now, &AnySchema);
        self.manager.take_actions()
    }

    /// The same from another host.
    fn say_remotely(&mut self, text: &str) -> Vec<Action> {
        let request = Document::parse(text, Limits::default()).unwrap();
        let now = Now { seconds: self.seconds, text: "now", local: DateTime::EPOCH };
        self.manager.receive_remote(REMOTE, request, now, &AnySchema);
        self.manager.take_actions()
    }

    /// A synchronous request of libcib; the reply.
    fn ask(&mut self, from: ClientId, operation: &str, words: &str, data: &str) -> String {
        let text = command(operation, 4096, words, data);
        let actions = self.say(from, 9, RESPONSE, &text);
        let replies = heard(&actions, from);
        assert_eq!(replies.len(), 1, "{actions:?}");
        replies[0].clone()
    }
}

fn command(operation: &str, options: u32, words: &str, data: &str) -> String {
    format!(
        "<cib_command t=\"cib\" cib_op=\"{operation}\" cib_callid=\"5\" cib_callopt=\"{options}\" {words}>\
         <cib_calldata>{data}</cib_calldata></cib_command>"
    )
}

/// What a client gets: `reply ID flags text`, `event flags text` or, on another host, `remote text`.
fn heard(actions: &[Action], who: ClientId) -> Vec<String> {
    let heard = actions.iter().filter_map(|action| match action {
        Action::Reply(to, bytes) if *to == who => {
            let message = decode(bytes, TEXT_MAX).unwrap();
            Some(format!("reply {} {:x} {}", message.id, message.flags.bits(), message.text))
        }
        Action::Event(to, bytes) if *to == who => {
            let message = decode(bytes, TEXT_MAX).unwrap();
            Some(format!("event {:x} {}", message.flags.bits(), message.text))
        }
        Action::Remote(to, bytes) if *to == who => {
            let mut incoming = Incoming::default();
            incoming.push(bytes);
            Some(format!("remote {}", incoming.next_text().unwrap().expect("all of it")))
        }
        _ => None,
    });
    heard.collect()
}

fn writes(actions: &[Action]) -> usize {
    actions.iter().filter(|action| matches!(action, Action::Write(_))).count()
}

const PRIMITIVE: &str = "<primitive id=\"a\" class=\"ocf\" type=\"Dummy\"/>";

#[test]
fn a_client_registers_and_is_told_its_number() {
    let mut table = Table::new();
    let hello = "<cib_command t=\"cib\" cib_op=\"register\" cib_clientname=\"cibadmin\" cib_callopt=\"4096\"/>";
    let actions = table.say(ONE, 3, RESPONSE, hello);
    let welcome = "<cib_common_callback_worker cib_op=\"register\" cib_clientid=\"uuid-1\"/>";
    assert_eq!(heard(&actions, ONE), [format!("reply 3 20200 {welcome}")]);
    assert_eq!(table.manager.name_of(ONE), Some("cibadmin"));
    assert_eq!(table.say(OTHER, 4, Flags::empty(), hello).len(), 0);
}

#[test]
fn a_daemon_of_root_may_fall_further_behind_than_others() {
    let mut table = Table::new();
    let hello = "<cib_command cib_op=\"register\" cib_clientname=\"crmd\"/>";
    assert!(matches!(table.say(ONE, 1, RESPONSE, hello)[0], Action::QueueLimit(ONE, 500)));
    assert!(!matches!(table.say(OTHER, 1, RESPONSE, hello)[0], Action::QueueLimit(..)));
}

#[test]
fn a_synchronous_request_is_replied_to_and_another_gets_an_event() {
    let mut table = Table::new();
    let reply = table.ask(ONE, "cib_query", "cib_section=\"resources\"", "");
    let expected = "reply 9 20000 <cib-reply t=\"cib\" cib_op=\"cib_query\" cib_callid=\"5\" cib_clientid=\"uuid-1\" \
                    cib_callopt=\"4096\" cib_rc=\"0\"><cib_calldata><resources/></cib_calldata></cib-reply>";
    assert_eq!(reply, expected);
    let actions = table.say(ONE, 10, Flags::empty(), &command("cib_query", 0, "cib_section=\"nodes\"", ""));
    assert!(heard(&actions, ONE)[0].starts_with("event 30000 <cib-reply"), "{actions:?}");
    let actions = table.say(ONE, 10, Flags::empty(), &command("cib_query", 0x10, "", ""));
    assert!(heard(&actions, ONE).is_empty());
}

#[test]
fn who_asked_for_it_is_told_of_a_change() {
    let mut table = Table::new();
    let subscribe = |on: u8, kind: &str| {
        format!("<cib-callback cib_op=\"cib_notify\" cib_notify_type=\"{kind}\" cib_notify_activate=\"{on}\"/>")
    };
    let ack = |status: u8| {
        format!("reply 1 20200 <ack function=\"cib_common_callback_worker\" line=\"199\" status=\"{status}\"/>")
    };
    let actions = table.say(OTHER, 1, RESPONSE, &subscribe(1, "cib_diff_notify"));
    assert_eq!(heard(&actions, OTHER), [ack(0)]);
    let actions = table.say(OTHER, 1, RESPONSE, &subscribe(1, "no_such_notify"));
    assert_eq!(heard(&actions, OTHER), [ack(2)]);

    let create = command("cib_create", 4096, "cib_section=\"resources\"", PRIMITIVE);
    let actions = table.say(ONE, 2, RESPONSE, &create);
    let told = heard(&actions, OTHER);
    assert_eq!(told.len(), 1);
    let start = "event 10000 <notify t=\"cib_notify\" subt=\"cib_diff_notify\" cib_op=\"cib_create\" cib_rc=\"0\" \
                 cib_object_type=\"primitive\"><cib_generation><generation_tuple ";
    assert!(told[0].starts_with(start), "{}", told[0]);
    assert!(told[0].contains("<cib_update_result><diff format=\"2\" digest="), "{}", told[0]);
    assert_eq!(writes(&actions), 1);
    let order = actions.iter().position(|action| matches!(action, Action::Event(..)));
    assert!(order < actions.iter().position(|action| matches!(action, Action::Reply(..))), "told before the reply");

    table.say(OTHER, 1, RESPONSE, &subscribe(0, "cib_diff_notify"));
    let delete = command("cib_delete", 4096, "cib_section=\"resources\"", PRIMITIVE);
    assert!(heard(&table.say(ONE, 2, RESPONSE, &delete), OTHER).is_empty());
}

#[test]
fn a_digest_comes_with_a_patch_once_a_minute() {
    let mut table = Table::new();
    table.say(
        OTHER,
        1,
        RESPONSE,
        "<c cib_op=\"cib_notify\" cib_notify_type=\"cib_diff_notify\" cib_notify_activate=\"1\"/>",
    );
    let mut bump = |seconds| {
        table.seconds = seconds;
        let actions = table.say(ONE, 2, RESPONSE, &command("cib_bump", 4096, "", ""));
        heard(&actions, OTHER)[0].contains("digest=")
    };
    assert_eq!([bump(100), bump(101), bump(160), bump(161), bump(162)], [true, false, false, true, false]);
}

#[test]
fn a_replaced_section_is_told_of_and_always_written() {
    let mut table = Table::new();
    table.say(
        OTHER,
        1,
        RESPONSE,
        "<c cib_op=\"cib_notify\" cib_notify_type=\"cib_refresh_notify\" cib_notify_activate=\"1\"/>",
    );
    let nodes = "<nodes><node id=\"1\" uname=\"one\"/></nodes>";
    let actions = table.say(ONE, 2, RESPONSE, &command("cib_replace", 4096, "cib_section=\"nodes\"", nodes));
    assert!(heard(&actions, OTHER)[0].contains("cib_change_section=\"1\""), "{actions:?}");
    let actions = table.say(ONE, 2, RESPONSE, &command("cib_replace", 4096, "cib_section=\"nodes\"", nodes));
    assert_eq!((heard(&actions, OTHER).len(), writes(&actions)), (0, 1));
    let actions = table.say(ONE, 2, RESPONSE, &command("cib_erase", 4096, "", ""));
    assert!(heard(&actions, OTHER)[0].contains("cib_change_section=\"7\""), "{actions:?}");
}

#[test]
fn status_is_changed_in_place_and_not_written() {
    let mut table = Table::new();
    let state = "<node_state id=\"1\" uname=\"one\"/>";
    let text = command("cib_modify", 4096 | 8, "cib_section=\"status\"", state);
    let actions = table.say(ONE, 2, RESPONSE, &text);
    let options = 4096 | 8 | 0x4000;
    assert!(heard(&actions, ONE)[0].contains(&format!("cib_callopt=\"{options}\" cib_rc=\"0\"")), "{actions:?}");
    assert_eq!(writes(&actions), 0);
}

#[test]
fn what_is_only_tried_changes_nothing() {
    let mut table = Table::new();
    let before = table.ask(ONE, "cib_query", "", "");
    let text = command("cib_create", 4096 | 0x200, "cib_section=\"resources\"", PRIMITIVE);
    let actions = table.say(ONE, 9, RESPONSE, &text);
    assert!(heard(&actions, ONE)[0].contains("cib_rc=\"0\""));
    assert_eq!((writes(&actions), table.ask(ONE, "cib_query", "", "")), (0, before));
}

#[test]
fn what_fails_says_why_and_changes_nothing() {
    let mut table = Table::new();
    table.ask(ONE, "cib_create", "cib_section=\"resources\"", PRIMITIVE);
    let before = table.ask(ONE, "cib_query", "", "");
    let reply = table.ask(ONE, "cib_create", "cib_section=\"resources\"", PRIMITIVE);
    assert!(reply.contains("cib_rc=\"-17\"><cib_calldata><failed><failed_update id=\"a\""), "{reply}");
    for (operation, rc) in [("cib_delete_alt", -22), ("cib_sync", -107), ("cib_upgrade", -211), ("cib_replace", -22)] {
        let reply = table.ask(ONE, operation, "", "");
        assert!(reply.contains(&format!("cib_rc=\"{rc}\"")), "{operation}: {reply}");
    }
    assert_eq!(table.ask(ONE, "cib_query", "", ""), before);
}

#[test]
fn a_reader_may_not_ask_for_what_is_done_here_at_once() {
    let mut table = Table::new();
    for operation in ["cib_master", "cib_slave", "cib_ismaster", "cib_sync"] {
        assert!(table.ask(READER, operation, "", "").contains("cib_rc=\"-13\""), "{operation}");
    }
    assert!(table.ask(ONE, "cib_ismaster", "", "").contains("cib_rc=\"0\""));
    table.ask(ONE, "cib_slave", "", "");
    assert!(table.ask(ONE, "cib_ismaster", "", "").contains("cib_rc=\"-1\""));
}

#[test]
fn a_ping_tells_digest_and_version() {
    let mut table = Table::new();
    let reply = table.ask(READER, "ping", "cib_ping_id=\"3\"", "");
    assert!(reply.contains("<cib_calldata><ping_response crm_feature_set=\"3.16.1\" digest=\""), "{reply}");
    assert!(reply.contains("cib_ping_id=\"3\"><cib_calldata><cib crm_feature_set"), "{reply}");
}

#[test]
fn access_rules_hold_for_others_than_root_and_nobody_takes_another_s_name() {
    let mut table = Table::new();
    let property =
        "<cluster_property_set id=\"s\"><nvpair id=\"n\" name=\"enable-acl\" value=\"true\"/></cluster_property_set>";
    table.ask(ONE, "cib_create", "cib_section=\"crm_config\"", property);
    let rules = "<acls><acl_role id=\"r\"><acl_permission id=\"p\" kind=\"read\" reference=\"s\"/></acl_role>\
                 <acl_target id=\"alice\"><role id=\"r\"/></acl_target></acls>";
    table.ask(ONE, "cib_modify", "cib_section=\"acls\"", rules);
    let seen = table.ask(OTHER, "cib_query", "", "");
    assert!(seen.contains("nvpair id=\"n\"") && !seen.contains("acl_role"), "{seen}");
    let refused = table.ask(OTHER, "cib_create", "cib_section=\"resources\" cib_user=\"root\"", PRIMITIVE);
    assert!(refused.contains("cib_rc=\"-13\""), "{refused}");
    let delegated = table.ask(ONE, "cib_create", "cib_section=\"resources\" cib_user=\"alice\"", PRIMITIVE);
    assert!(delegated.contains("cib_rc=\"-13\""), "{delegated}");
    assert!(table.ask(ONE, "cib_create", "cib_section=\"resources\"", PRIMITIVE).contains("cib_rc=\"0\""));
}

#[test]
fn a_proxied_client_gets_its_replies_as_events() {
    let mut table = Table::new();
    let text = command("cib_query", 4096, "cib_section=\"nodes\"", "");
    let actions = table.say(ONE, 4, RESPONSE | Flags::PROXIED, &text);
    assert!(heard(&actions, ONE)[0].starts_with("event 70000 <cib-reply"), "{actions:?}");
}

#[test]
fn an_unknown_operation_is_logged_and_nothing_else() {
    let mut table = Table::new();
    let actions = table.say(ONE, 4, RESPONSE, &command("cib_dance", 4096, "", ""));
    assert!(actions.iter().all(|action| matches!(action, Action::Log(..))), "{actions:?}");
    table.manager.refuse(ONE, Some(Envelope { id: 6, flags: RESPONSE }));
    let nack = "reply 6 20200 <nack function=\"cib_common_callback\" line=\"221\" status=\"76\"/>";
    assert_eq!(heard(&table.manager.take_actions(), ONE), [nack]);
}

#[test]
fn a_broken_cib_is_shown_and_not_changed() {
    let setup = Setup { host: "h".to_owned(), alone: true, user: "root".to_owned() };
    let manager = Manager::new(Cib::empty("none", 0), Some(CibError::Schema), setup, &DateTime::EPOCH);
    let mut table = Table { manager, seconds: 0 };
    let who = Who {
        uuid: "u".to_owned(),
        user: "root".to_owned(),
        writer: true,
        channel: Channel::Local { pid: 1, trusted: true, buffer: 128 << 10 },
    };
    table.manager.connect(ONE, who);
    let reply = table.ask(ONE, "cib_bump", "", "");
    assert!(reply.contains("cib_rc=\"-203\"><cib_calldata><cib ") && reply.contains("epoch=\"0\""), "{reply}");
}

#[test]
fn a_client_on_another_host_is_welcomed_answered_and_told_over_its_stream() {
    let mut table = Table::new();
    table.manager.welcome(REMOTE);
    let welcome = "remote <cib_result cib_op=\"register\" cib_clientid=\"uuid-4\"/>";
    assert_eq!(heard(&table.manager.take_actions(), REMOTE), [welcome]);
    // neither a registration nor a subscription is answered
    let hello = "<cib_command cib_op=\"register\" cib_callopt=\"4096\"/>";
    assert!(heard(&table.say_remotely(hello), REMOTE).is_empty());
    let subscribe =
        "<cib_command cib_op=\"cib_notify\" cib_notify_type=\"cib_diff_notify\" cib_notify_activate=\"1\"/>";
    assert!(heard(&table.say_remotely(subscribe), REMOTE).is_empty());
    for options in [0, 4096] {
        let actions = table.say_remotely(&command("cib_query", options, "cib_section=\"resources\"", ""));
        let reply = heard(&actions, REMOTE).remove(0);
        assert!(reply.starts_with("remote <cib-reply t=\"cib\" cib_op=\"cib_query\" cib_callid=\"5\""), "{reply}");
        assert!(reply.ends_with("cib_rc=\"0\"><cib_calldata><resources/></cib_calldata></cib-reply>"), "{reply}");
    }
    let told = heard(&table.say(ONE, 2, RESPONSE, &command("cib_bump", 4096, "", "")), REMOTE);
    assert!(told.len() == 1 && told[0].starts_with("remote <notify t=\"cib_notify\""), "{told:?}");
    table.manager.disconnect(REMOTE);
    assert!(heard(&table.say(ONE, 3, RESPONSE, &command("cib_bump", 4096, "", "")), REMOTE).is_empty());
}

#[test]
fn a_client_on_another_host_says_nothing_that_only_hosts_may_say_and_takes_nobody_s_name() {
    let mut table = Table::new();
    // it neither names a host nor itself, and is no host
    let words = "cib_host=\"elsewhere\" src=\"elsewhere\" cib_update=\"true\" cib_clientid=\"uuid-1\"";
    let actions = table.say_remotely(&command("cib_query", 4096, words, ""));
    assert_eq!((heard(&actions, REMOTE).len(), heard(&actions, ONE).len()), (1, 0));
    let actions = table.say_remotely("<cib_command cib_op=\"cib_query\"/>");
    assert!(heard(&actions, REMOTE)[0].contains("cib_callid=\"uuid-4\" cib_clientid=\"uuid-4\" cib_callopt=\"0\""));
    assert!(table.say_remotely("<cib-command cib_op=\"cib_query\" cib_callopt=\"0\"/>").is_empty());

    let property =
        "<cluster_property_set id=\"s\"><nvpair id=\"n\" name=\"enable-acl\" value=\"true\"/></cluster_property_set>";
    table.ask(ONE, "cib_create", "cib_section=\"crm_config\"", property);
    let words = "cib_section=\"resources\" cib_user=\"root\" acl_target=\"root\"";
    let actions = table.say_remotely(&command("cib_create", 4096, words, PRIMITIVE));
    assert!(heard(&actions, REMOTE)[0].contains("cib_rc=\"-13\""), "{actions:?}");
}
