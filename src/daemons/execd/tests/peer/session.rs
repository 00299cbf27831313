//! What a client does, the same with both daemons. It runs on their host, and prints all that it hears.

use super::Peer;
use core_pcmk_ipc::Flags;
use std::fs;

/// Waits until an agent says that it runs.
fn begun() {
    let who = fs::read_to_string("/run/state/begun").expect("a pipe");
    println!("begun: {}", who.trim());
}

/// Lets an agent that waits go on.
fn open_gate() {
    fs::write("/run/state/gate", "through\n").expect("a pipe");
}

/// What the agent's monitor exits with.
fn set_state(resource: &str, code: u8) {
    let draft = format!("/run/state/{resource}.new");
    fs::write(&draft, code.to_string()).expect("a file");
    fs::rename(draft, format!("/run/state/{resource}")).expect("a file");
}

pub(crate) fn run() {
    for (title, part) in [
        ("signing on", sign_on as fn()),
        ("results", results),
        ("what can't be run", cannot_run),
        ("init scripts", init_scripts),
        ("plugins", plugins),
        ("timeouts", timeouts),
        ("order", order),
        ("recurring", recurring),
        ("cancelling", cancelling),
        ("unregistering", unregistering),
        ("who hears", who_hears),
        ("alerts", alerts),
    ] {
        println!("== {title}");
        part();
    }
}

fn sign_on() {
    let mut one = Peer::connect("one");
    one.ask("lrmd_rsc_poke", "", "");
    one.hear(1);
    for attributes in [
        "",
        "lrmd_protocol_version=\"0.9\"",
        "lrmd_protocol_version=\"1.0\"",
        "lrmd_protocol_version=\"2.3\"",
        "lrmd_protocol_version=\"1.1\" lrmd_is_ipc_provider=\"true\"",
        "lrmd_protocol_version=\"1.1\" lrmd_clientname=\"late\"",
    ] {
        one.ask("register", attributes, "");
    }
    one.ask("no_such_operation", "", "");
    one.ask("ipc_fwd", "", "");
    one.tell("lrmd_check", Flags::CLIENT_RESPONSE);
    one.tell("lrmd_rsc_poke", Flags::empty());
    one.about("lrmd_rsc_info", "nobody", "", 0);
    one.ask("lrmd_rsc_info", "", "");
    one.about("lrmd_rsc_exec", "nobody", "ok", 0);
    one.ask("lrmd_rsc_exec", "", "<lrmd_rsc/>");
    one.about("lrmd_rsc_cancel", "nobody", "ok", 0);
    one.ask("lrmd_rsc_cancel", "", "<lrmd_rsc lrmd_rsc_id=\"nobody\"/>");
    one.about("lrmd_rsc_unregister", "nobody", "", 0);
    one.hear(1);
    one.ask("lrmd_get_recurring", "", "");
    one.about("lrmd_get_recurring", "nobody", "", 0);
    one.register("r", "Agent");
    one.register("r", "AGENT");
    one.about("lrmd_rsc_info", "r", "", 0);
    one.register("r", "Other");
    one.about("lrmd_rsc_info", "r", "", 0);
    one.about("lrmd_rsc_unregister", "r", "", 0);
    one.hear(1);
}

fn results() {
    let mut one = Peer::sign_on("one");
    one.register("r", "Agent");
    for action in [
        "ok",
        "code7",
        "code9",
        "code10",
        "code42",
        "code190",
        "code193",
        "code255",
        "reason",
        "empty-reason",
        "long-reason",
        "out",
        "both",
        "no-newline",
        "beyond-ascii",
        "long",
        "environment",
        "around",
        "term",
        "segv",
        "fork",
        "",
    ] {
        one.exec("r", action, 0);
        one.hear(1);
    }
    let more = "lrmd_rsc_userdata_str=\"1:2:3:x\" lrmd_timeout=\"20000\"";
    let parameters =
        "ip=\"::1\" CRM_meta_timeout=\"20000\" crm_feature_set=\"3.16.1\" OCF_CHECK_LEVEL=\"10\" empty=\"\"";
    one.exec_with("r", "environment", 0, "", more, parameters);
    one.hear(1);
    let digits = "<lrmd_rsc lrmd_rsc_id=\"r\" lrmd_rsc_action=\"environment\"><attributes><param name=\"1st\" value=\"a b\"/></attributes></lrmd_rsc>";
    one.ask("lrmd_rsc_exec", "", digits);
    one.hear(1);
    // kept apart from the configuration: one that is there, one that isn't signed, one that isn't there
    for parameter in ["good", "bad", "none"] {
        one.exec_with("r", "environment", 0, "", "", &format!("{parameter}=\"lrm://\""));
        one.hear(1);
    }
}

fn cannot_run() {
    let mut one = Peer::sign_on("one");
    for (id, class, provider, kind) in [
        ("missing", "ocf", Some("test"), "Missing"),
        ("plain", "ocf", Some("test"), "Plain"),
        ("folder", "ocf", Some("test"), "Folder"),
        ("interpreter", "ocf", Some("test"), "Interpreter"),
        ("bare", "ocf", Some("test"), "Bare"),
        ("binary", "ocf", Some("test"), "Binary"),
        ("no-provider", "ocf", None, "Agent"),
        ("other-provider", "ocf", Some("nobody"), "Agent"),
        ("no-class", "nonsense", None, "Agent"),
        ("empty", "", None, "Agent"),
    ] {
        one.register_as(id, class, provider, kind);
        one.hear(1);
        one.exec(id, "start", 0);
        one.hear(1);
        one.exec(id, "monitor", 0);
        one.hear(1);
    }
    one.exec("missing", "monitor", 30_000);
    one.hear(1);
    one.about("lrmd_get_recurring", "missing", "", 0);
    one.about("lrmd_rsc_cancel", "missing", "monitor", 30_000);
    one.exec("plain", "monitor", 30_000);
    one.hear(1);
    one.about("lrmd_rsc_cancel", "plain", "monitor", 30_000);
    one.hear(1);
}

fn init_scripts() {
    let mut one = Peer::sign_on("one");
    for (id, class, kind) in [
        ("lsb", "lsb", "script"),
        ("service", "service", "script"),
        ("gone", "lsb", "gone"),
        ("plain-lsb", "lsb", "plain"),
    ] {
        one.register_as(id, class, None, kind);
        one.hear(1);
        for action in ["monitor", "status", "code3", "code42", "environment"] {
            one.exec_with(id, action, 0, "", "", "ip=\"::1\"");
            one.hear(1);
        }
    }
}

/// Plugins of Nagios's: of those that fail a start is tried again, as long as its time lasts.
fn plugins() {
    let mut one = Peer::sign_on("one");
    for (id, kind) in [("n", "/run/plugin"), ("gone", "/run/no-plugin"), ("plain-n", "/run/state/plugin")] {
        one.register_as(id, "nagios", None, kind);
        one.hear(1);
        for code in [0, 1, 2, 3, 4] {
            become_plugin(&format!("echo $# $*; exit {code}"));
            for (action, interval) in
                [("monitor", 0), ("monitor", 100_000), ("stop", 0), ("promote", 0), ("Monitor", 0)]
            {
                one.exec_with(
                    id,
                    action,
                    interval,
                    "",
                    "",
                    "host=\"a b\" CRM_meta_timeout=\"20000\" crm_feature_set=\"3\"",
                );
                one.hear(1);
                one.about("lrmd_rsc_cancel", id, action, interval);
                if interval > 0 {
                    one.hear(1);
                }
            }
        }
        one.exec_with(id, "start", 0, "", "", "");
        one.hear(1);
        for code in [1, 2] {
            become_plugin(&format!("echo sees; exit {code}"));
            one.exec_with(id, "start", 0, "", "lrmd_timeout=\"300\"", "");
            one.hear(1);
        }
    }
    let many: String = (0..130).map(|number| format!("p{number}=\"v\" ")).collect();
    one.exec_with("n", "promote", 0, "", "", &many);
    one.hear(1);
    // well when it is looked at once more
    become_plugin("[ -e /run/state/well ] && echo well && exit; : >/run/state/well; exit 2");
    one.exec_with("n", "start", 0, "", "lrmd_timeout=\"60000\"", "");
    one.count("lrmd_rsc_output=\"well", 1);
}

/// What the plugin does.
fn become_plugin(script: &str) {
    fs::write("/run/state/plugin", format!("{script}\n")).expect("a file");
}

fn timeouts() {
    let mut one = Peer::sign_on("one");
    one.register("t", "Agent");
    for (action, parameters) in [("hang", ""), ("stubborn", ""), ("hang", "CRM_meta_on_fail=\"block\"")] {
        one.exec_with("t", action, 0, "", "lrmd_timeout=\"300\"", parameters);
        one.hear(1);
    }
    one.register_as("script", "lsb", None, "script");
    one.hear(1);
    one.exec_with("script", "hang", 0, "", "lrmd_timeout=\"1000\"", "");
    one.hear(1);
    one.exec_with("t", "hang", 30_000, "", "lrmd_timeout=\"100\"", "");
    one.hear(1);
    one.about("lrmd_rsc_cancel", "t", "hang", 30_000);
    one.hear(1);
}

fn order() {
    let mut one = Peer::sign_on("one");
    one.register("o", "Agent");
    one.register("p", "Agent");
    one.exec("o", "start", 0);
    begun();
    one.exec("o", "code1", 0);
    one.exec("o", "code2", 0);
    one.exec("p", "code3", 0);
    one.hear(1);
    one.about("lrmd_rsc_cancel", "o", "start", 0);
    one.about("lrmd_rsc_cancel", "o", "code1", 0);
    one.hear(1);
    one.about("lrmd_rsc_cancel", "o", "code1", 0);
    open_gate();
    one.hear(2);
    one.exec_with("o", "code4", 0, "", "lrmd_rsc_start_delay=\"200\"", "");
    one.exec("o", "code5", 0);
    one.hear(2);
}

fn recurring() {
    let mut one = Peer::sign_on("one");
    set_state("m", 0);
    one.register("m", "Agent");
    one.exec_with(
        "m",
        "monitor",
        20,
        "lrmd_callopt=\"4\"",
        "lrmd_timeout=\"10000\" lrmd_rsc_userdata_str=\"a\"",
        "x=\"1\"",
    );
    one.hear(1);
    for code in [7, 0, 1] {
        set_state("m", code);
        one.hear(1);
    }
    one.about("lrmd_get_recurring", "m", "", 0);
    one.exec_with("m", "MONITOR", 20, "", "lrmd_timeout=\"7\" lrmd_rsc_userdata_str=\"b\"", "x=\"2\"");
    one.hear(1);
    one.exec("m", "code0", 30_000);
    one.hear(1);
    one.exec("m", "code0", 30_000);
    one.hear(1);
    one.about("lrmd_get_recurring", "m", "", 0);
    // cancelled while it runs, it has the code 0; so let it have that while it pauses, too
    set_state("m", 0);
    one.hear(1);
    one.about("lrmd_rsc_cancel", "m", "monitor", 20);
    one.hear(1);
    one.exec("m", "stop", 0);
    begun();
    open_gate();
    one.hear(2);
    one.about("lrmd_get_recurring", "m", "", 0);
}

fn cancelling() {
    let mut one = Peer::sign_on("one");
    one.register("c", "Agent");
    one.exec("c", "block", 50);
    begun();
    one.about("lrmd_rsc_cancel", "c", "block", 60);
    one.about("lrmd_rsc_cancel", "c", "block", 50);
    one.hear(1);
    one.about("lrmd_rsc_cancel", "c", "block", 50);
    one.exec("c", "code0", 30_000);
    one.hear(1);
    one.about("lrmd_rsc_cancel", "c", "code0", 30_000);
    one.hear(1);
    one.exec("c", "block", 0);
    begun();
    one.exec("c", "code0", 30_000);
    one.about("lrmd_rsc_cancel", "c", "code0", 30_000);
    one.hear(1);
    open_gate();
    one.hear(1);
    one.exec("c", "block", 50);
    begun();
    one.exec("c", "stop", 0);
    one.hear(1);
    begun();
    open_gate();
    one.hear(1);
}

fn unregistering() {
    let mut one = Peer::sign_on("one");
    one.register("u", "Agent");
    one.exec("u", "code0", 30_000);
    one.hear(1);
    one.exec("u", "block", 0);
    begun();
    one.exec("u", "code1", 0);
    one.exec("u", "code2", 40_000);
    one.about("lrmd_rsc_unregister", "u", "", 0);
    one.hear(4);
    one.about("lrmd_rsc_exec", "u", "ok", 0);
    one.register("u", "Agent");
    one.exec("u", "code3", 0);
    open_gate();
    one.hear(2);
    one.exec("u", "block2", 50);
    begun();
    one.about("lrmd_rsc_unregister", "u", "", 0);
    one.hear(2);
}

fn who_hears() {
    let mut one = Peer::sign_on("one");
    let mut other = Peer::connect("other");
    one.hear(1);
    one.register("w", "Agent");
    other.ask("lrmd_rsc_poke", "lrmd_clientname=\"other\"", "");
    other.hear(1);
    one.hear(1);
    one.exec_with("w", "code1", 0, "lrmd_callopt=\"2\"", "", "");
    one.hear(1);
    other.exec("w", "code2", 0);
    one.hear(1);
    other.hear(1);
    let resource = "<lrmd_rsc lrmd_rsc_id=\"d\" lrmd_class=\"ocf\" lrmd_provider=\"test\" lrmd_type=\"Agent\"/>";
    one.ask("lrmd_rsc_register", "lrmd_callopt=\"3\"", resource);
    one.hear(1);
    other.hear(1);
    other.exec("d", "code2", 30_000);
    one.hear(1);
    drop(other);
    one.hear(1);
    one.about("lrmd_get_recurring", "d", "", 0);
}

fn alerts() {
    let mut one = Peer::sign_on("one");
    for parameters in ["CRM_alert_kind=\"node\" CRM_alert_node=\"n1\"", "x=\"a b\""] {
        let alert = format!(
            "<lrmd_alert lrmd_alert_id=\"a\" lrmd_alert_path=\"/run/alert\" lrmd_timeout=\"10000\"><attributes {parameters}/></lrmd_alert>"
        );
        one.ask("lrmd_alert_exec", "lrmd_callopt=\"2\"", &alert);
        println!("{}", fs::read_to_string("/run/state/told").expect("a pipe"));
    }
    one.ask("lrmd_alert_exec", "", "<lrmd_alert lrmd_alert_id=\"a\"/>");
    one.ask("lrmd_alert_exec", "", "<lrmd_alert lrmd_alert_id=\"a\" lrmd_alert_path=\"/no/such/alert\"/>");
    one.ask("lrmd_rsc_poke", "", "");
    one.hear(1);
}
