//! What one manager says to the other hosts, and does at their word.

use core_cib::Cib;
use core_cib::manager::{Action, Channel, ClientId, Envelope, Exit, Manager, Now, Setup, Who};
use core_pcmk_ipc::{Flags, TEXT_MAX, decode};
use core_rules::DateTime;
use core_xml::{Document, Limits};
use test_doubles::AnySchema;

const CLIENT: ClientId = ClientId(1);
const NOW: Now<'_> = Now { seconds: 100, text: "now", local: DateTime::EPOCH };

fn parse(text: &str) -> Document {
    Document::parse(text, Limits::default()).unwrap()
}

/// The manager of n1, with one client called `c-1`.
fn manager() -> Manager {
    let setup = Setup { host: "n1".to_owned(), alone: false, user: "root".to_owned() };
    let mut manager = Manager::new(Cib::empty("none", 5), None, setup, &DateTime::EPOCH);
    let who = Who {
        uuid: "c-1".to_owned(),
        user: "root".to_owned(),
        writer: true,
        channel: Channel::Local { pid: 1, trusted: true, buffer: 128 << 10 },
    };
    manager.connect(CLIENT, who);
    manager
}

fn ask(manager: &mut Manager, operation: &str, words: &str) {
    let text = format!("<cib_command t='cib' cib_op='{operation}' cib_callid='7' cib_callopt='0' {words}/>");
    manager.receive(CLIENT, Envelope { id: 1, flags: Flags::empty() }, parse(&text), NOW, &AnySchema);
}

/// What goes to hosts, what the client hears, and how the manager ends.
fn said(manager: &mut Manager) -> Vec<String> {
    let said = manager.take_actions().into_iter().filter_map(|action| match action {
        Action::Send(to, text) => Some(format!("{}: {text}", to.as_deref().unwrap_or("all"))),
        Action::Event(_, bytes) => Some(format!("client: {}", decode(&bytes, TEXT_MAX).unwrap().text)),
        Action::Exit(how) => Some(format!("{how:?}")),
        _ => None,
    });
    said.collect()
}

fn hear(manager: &mut Manager, text: &str) -> Vec<String> {
    manager.hear("n2", parse(text), NOW, &AnySchema);
    said(manager)
}

/// A patch between these epochs.
fn patch(from: u32, to: u32) -> String {
    let version = |name, epoch| format!("<{name} admin_epoch='0' epoch='{epoch}' num_updates='0'/>");
    format!(
        "<x t='cib' cib_op='cib_apply_diff' cib_callopt='0'><cib_calldata><diff format='2'><version>{}{}</version>\
         <change operation='modify' path='/cib'><change-list><change-attr name='epoch' operation='set' value='{to}'/>\
         </change-list><change-result><cib epoch='{to}' num_updates='0' admin_epoch='0'/></change-result></change>\
         </diff></cib_calldata></x>",
        version("source", from),
        version("target", to)
    )
}

#[test]
fn whoever_missed_something_asks_all_and_waits_but_not_for_ever() {
    let mut manager = manager();
    let asked = ["all: <sync-me t=\"cib\" cib_op=\"cib_sync_one\" cib_delegated_from=\"n1\"/>"];
    assert_eq!(hear(&mut manager, &patch(8, 9)), asked);
    for _ in 0..5 {
        assert!(hear(&mut manager, &patch(5, 6)).is_empty());
    }
    assert_eq!(hear(&mut manager, &patch(8, 9)), asked, "the answer was lost");
    let newer = "<x t='cib' cib_op='cib_replace' cib_update='true'><cib_calldata>\
                 <cib admin_epoch='0' epoch='8' num_updates='0'><configuration/><status/></cib></cib_calldata></x>";
    assert!(hear(&mut manager, newer).is_empty());
    assert!(hear(&mut manager, &patch(8, 9)).is_empty());
    let cib = manager.cib().document();
    assert_eq!(cib.attribute(cib.root(), "epoch"), Some("9"));
}

#[test]
fn whoever_decides_asks_nobody() {
    let mut manager = manager();
    ask(&mut manager, "cib_master", "");
    said(&mut manager);
    assert!(hear(&mut manager, &patch(8, 9)).is_empty());
}

#[test]
fn a_sync_is_sent_to_whoever_asked_and_not_to_oneself() {
    let mut manager = manager();
    let answer = hear(&mut manager, "<sync-me t='cib' cib_op='cib_sync_one' cib_delegated_from='n2'/>");
    assert!(answer.len() == 1 && answer[0].starts_with("n2: <copy "), "{answer:?}");
    for words in [
        "cib_isreplyto=\"n2\" cib_op=\"cib_replace\" original_cib_op=\"cib_sync_one\" cib_update=\"true\"",
        "cib_delegated_from=\"n2\"",
        "<cib_calldata><cib ",
    ] {
        assert!(answer[0].contains(words), "{words}: {answer:?}");
    }
    manager.hear("n1", parse("<sync-me t='cib' cib_op='cib_sync_one' cib_delegated_from='n1'/>"), NOW, &AnySchema);
    assert!(said(&mut manager).is_empty());
}

#[test]
fn an_upgrade_is_decided_by_one_host_which_tells_the_other_why_not() {
    let request = "<x t='cib' cib_op='cib_upgrade' cib_callid='3' cib_callopt='0' cib_clientid='c-2' \
                   cib_delegated_from='n2'/>";
    let mut manager = manager();
    assert!(hear(&mut manager, request).is_empty(), "it does not decide");
    ask(&mut manager, "cib_master", "");
    said(&mut manager);
    assert_eq!(
        hear(&mut manager, request),
        [
            "n2: <cib_process_upgrade_server t=\"cib\" cib_op=\"cib_upgrade\" cib_isreplyto=\"n2\" cib_upgrade_rc=\"-211\" \
          cib_delegated_from=\"n2\" cib_clientid=\"c-2\" cib_callopt=\"0\" cib_callid=\"3\"/>"
        ]
    );
    let refused = "<x t='cib' cib_op='cib_upgrade' cib_isreplyto='n1' cib_upgrade_rc='-211' cib_clientid='c-1' \
                   cib_callid='7' cib_callopt='0'/>";
    let told = hear(&mut manager, refused);
    assert!(told.len() == 1 && told[0].starts_with("client: ") && told[0].contains("cib_rc=\"-211\""), "{told:?}");
}

#[test]
fn a_client_s_request_is_nobody_s_reply() {
    let mut manager = manager();
    ask(&mut manager, "cib_bump", "cib_isreplyto='n2' cib_delegated_from='n2'");
    let sent = said(&mut manager);
    assert!(sent.len() == 1 && sent[0].starts_with("all: "), "{sent:?}");
    assert!(sent[0].contains("cib_delegated_from=\"n1\"") && !sent[0].contains("cib_isreplyto"), "{sent:?}");
}

#[test]
fn a_query_for_another_host_goes_there_and_its_answer_to_the_client() {
    let mut manager = manager();
    ask(&mut manager, "cib_query", "cib_host='n2'");
    let sent = said(&mut manager);
    assert!(sent.len() == 1 && sent[0].starts_with("n2: ") && sent[0].contains("cib_clientid=\"c-1\""), "{sent:?}");
    let reply = "<cib-reply t='cib' cib_op='cib_query' cib_callid='7' cib_clientid='c-1' cib_callopt='0' cib_rc='0' \
                 cib_isreplyto='n1'/>";
    let told = hear(&mut manager, reply);
    assert!(told.len() == 1 && told[0].starts_with("client: <cib-reply "), "{told:?}");
    assert!(hear(&mut manager, &reply.replace("'c-1'", "'c-9'")).is_empty());
}

#[test]
fn a_host_takes_its_leave_of_the_others() {
    const LEAVING: &str = "all: <exit-notification t=\"cib\" cib_op=\"cib_shutdown_req\"/>";
    const ANSWER: &str = "<cib-reply t='cib' cib_op='cib_shutdown_req' cib_rc='0' cib_isreplyto='n1'/>";
    let leaving = || {
        let mut manager = manager();
        manager.shut_down(3, NOW);
        assert_eq!(said(&mut manager), [LEAVING]);
        manager
    };
    assert_eq!(hear(&mut leaving(), ANSWER), [format!("{:?}", Exit::Done)]);
    let mut last = leaving();
    last.count_peers(2);
    assert!(said(&mut last).is_empty());
    last.count_peers(1);
    assert_eq!(said(&mut last), ["Done"]);
    let mut unheard = leaving();
    let late = Now { seconds: unheard.deadline().unwrap(), ..NOW };
    unheard.tick(Now { seconds: late.seconds - 1, ..late });
    assert!(said(&mut unheard).is_empty());
    unheard.tick(late);
    assert_eq!(said(&mut unheard), ["Unanswered"]);
    let mut staying = manager();
    assert!(hear(&mut staying, ANSWER).is_empty(), "nobody wanted to go, and replies are not replied to");
    let let_go = hear(&mut staying, "<exit-notification t='cib' cib_op='cib_shutdown_req'/>");
    assert!(let_go.len() == 1 && let_go[0].starts_with("n2: ") && let_go[0].contains("cib_isreplyto=\"n2\""));
    staying.shut_down(1, NOW);
    assert_eq!(said(&mut staying), ["Done"]);
}
