//! Where a message goes: who carries a request out, and who answers (`parse_local_options_v2()`,
//! `parse_peer_options_v2()`).
//!
//! What changes the CIB goes to all hosts, and each carries it out once it comes back in the group's one order. The host
//! that it was asked of answers. What reads is answered at once, unless it is for another host.

use super::messages;
use crate::Operation;
use core_xml::Document;

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// It is for somebody else.
    Ignore,
    /// It goes to the host that it names, or to all.
    Forward,
    /// It is a host's answer to our ping.
    Pong,
    /// It is the reply that a client of ours waits for.
    PassOn,
    /// It is an update as hosts sent it long ago: only its result.
    Legacy,
    /// It is carried out here.
    Perform(Answered),
}

/// Who gets an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Answered {
    /// A client of this host.
    pub(super) client: bool,
    /// The host that sent the request.
    pub(super) peer: bool,
}

/// What a message says about its way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Words<'a> {
    /// The host that it is for.
    pub(super) host: Option<&'a str>,
    /// The host that waits for this reply.
    pub(super) reply_to: Option<&'a str>,
    /// The host that it was asked of.
    pub(super) delegated: Option<&'a str>,
    /// It has the schema that all are to upgrade to.
    has_schema: bool,
    /// It has the reason why there is no upgrade.
    has_refusal: bool,
    /// It brings what another host has.
    is_update: bool,
}

impl<'a> Words<'a> {
    pub(super) fn of(message: &'a Document) -> Words<'a> {
        let of = |name| message.attribute(message.root(), name);
        Words {
            host: of(messages::HOST).filter(|host| !host.is_empty()),
            reply_to: of(messages::REPLY_TO),
            delegated: of(messages::DELEGATED),
            has_schema: of(messages::NEWEST_SCHEMA).is_some(),
            has_refusal: of(messages::UPGRADE_RC).is_some(),
            is_update: messages::is_true(message, messages::UPDATE),
        }
    }
}

fn is(name: Option<&str>, own: &str) -> bool {
    name.is_some_and(|name| name.eq_ignore_ascii_case(own))
}

/// A client's message.
pub(super) fn of_client(operation: Operation, words: Words<'_>, own: &str) -> Route {
    let through_all = operation.modifies() && operation != Operation::Primary;
    let elsewhere = operation != Operation::Primary && words.host.is_some() && !is(words.host, own);
    if through_all || elsewhere {
        return Route::Forward;
    }
    Route::Perform(Answered { client: true, peer: false })
}

/// A message of a host, ours too.
pub(super) fn of_peer(operation: Operation, words: Words<'_>, own: &str, primary: bool) -> Route {
    let is_reply = is(words.reply_to, own);
    let mut delegated = words.delegated;
    match operation {
        // a whole CIB: whoever asked for it is told
        Operation::Replace => delegated = words.reply_to.or(delegated),
        Operation::Ping if is_reply => return Route::Pong,
        // only the host that decides looks at an upgrade first
        Operation::Upgrade if words.has_refusal => return if is_reply { Route::PassOn } else { Route::Ignore },
        Operation::Upgrade if !words.has_schema && !primary => return Route::Ignore,
        Operation::Upgrade => {}
        Operation::Shutdown => {
            return Route::Perform(Answered { client: false, peer: words.reply_to.is_none() });
        }
        _ if words.is_update => return Route::Legacy,
        _ if is_reply && operation.modifies() => return Route::Ignore,
        _ if is_reply => return Route::PassOn,
        _ => {}
    }
    let client = is(delegated, own);
    let peer = match words.host {
        Some(host) if !is(Some(host), own) => return Route::Ignore,
        Some(_) => true,
        None => operation == Operation::Ping,
    };
    Route::Perform(Answered { client, peer: peer && !operation.modifies() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use core_xml::Limits;

    fn perform(client: bool, peer: bool) -> Route {
        Route::Perform(Answered { client, peer })
    }

    fn message(words: &str) -> Document {
        Document::parse(&format!("<m {words}/>"), Limits::default()).unwrap()
    }

    #[test]
    fn clients_changes_go_to_all_and_come_back() {
        use Operation::{IsPrimary, Modify, Primary, Query, Secondary, SyncToAll};
        for (operation, words, route) in [
            (Query, "", perform(true, false)),
            (Query, "cib_host=''", perform(true, false)),
            (Query, "cib_host='N1'", perform(true, false)),
            (Query, "cib_host='n2'", Route::Forward),
            (Modify, "", Route::Forward),
            (Modify, "cib_host='n1'", Route::Forward),
            (Primary, "cib_host='n2'", perform(true, false)),
            (Secondary, "", perform(true, false)),
            (IsPrimary, "", perform(true, false)),
            (SyncToAll, "", perform(true, false)),
            (SyncToAll, "cib_host='n2'", Route::Forward),
        ] {
            assert_eq!(of_client(operation, Words::of(&message(words)), "n1"), route, "{operation:?} {words}");
        }
    }

    #[test]
    fn peers_messages_are_carried_out_by_all_or_by_the_host_they_name() {
        use Operation::{ApplyPatch, Modify, Ping, Query, Replace, Shutdown, SyncToAll, SyncToOne, Upgrade};
        for (operation, words, route) in [
            (Modify, "cib_delegated_from='n1'", perform(true, false)),
            (Modify, "cib_delegated_from='n2'", perform(false, false)),
            (Modify, "cib_delegated_from='n1' cib_host='n1'", perform(true, false)),
            (Modify, "cib_host='n2'", Route::Ignore),
            (Modify, "cib_isreplyto='n1'", Route::Ignore),
            (ApplyPatch, "cib_update='true'", Route::Legacy),
            (Replace, "cib_update='true' cib_isreplyto='n1'", perform(true, false)),
            (Replace, "cib_update='true' cib_isreplyto='n2' cib_delegated_from='n1'", perform(false, false)),
            (Query, "cib_host='n1' cib_delegated_from='n2'", perform(false, true)),
            (Query, "cib_host='n3'", Route::Ignore),
            (Query, "cib_isreplyto='n1'", Route::PassOn),
            (SyncToAll, "cib_host='n1' cib_delegated_from='n2'", perform(false, true)),
            (SyncToAll, "cib_isreplyto='n1'", Route::PassOn),
            (SyncToOne, "cib_delegated_from='n2'", perform(false, false)),
            (Ping, "", perform(false, true)),
            (Ping, "cib_isreplyto='n1'", Route::Pong),
            (Shutdown, "", perform(false, true)),
            (Shutdown, "cib_isreplyto='n1'", perform(false, false)),
            (Upgrade, "", Route::Ignore),
            (Upgrade, "cib_schema_max='pacemaker-3.9' cib_delegated_from='n1'", perform(true, false)),
            (Upgrade, "cib_upgrade_rc='-211' cib_isreplyto='n1'", Route::PassOn),
            (Upgrade, "cib_upgrade_rc='-211' cib_isreplyto='n2'", Route::Ignore),
        ] {
            assert_eq!(of_peer(operation, Words::of(&message(words)), "n1", false), route, "{operation:?} {words}");
        }
        assert_eq!(of_peer(Upgrade, Words::default(), "n1", true), perform(false, false));
    }
}
