//! What a client does with units of systemd's, the same with both daemons.

use super::Peer;

const TIME: &str = "lrmd_timeout=\"1000\"";

pub(crate) fn run() {
    let mut one = Peer::sign_on("one");
    let well_or_badly = [
        "web",
        "failing",
        "nosuch",
        "denied",
        "oddjob",
        "odd",
        "invalid",
        "unloaded",
        "web.socket",
        "template@one",
        "mute",
    ];
    for name in well_or_badly {
        println!("== {name}");
        register(&mut one, name, "systemd");
        for action in ["monitor", "start", "monitor", "status", "stop", "restart", "promote"] {
            act(&mut one, name, action);
        }
    }
    without_an_end(&mut one);
    recurring(&mut one);
    services(&mut one);
}

fn register(one: &mut Peer, name: &str, class: &str) {
    one.register_as(name, class, None, name);
    one.hear(1);
}

fn act(one: &mut Peer, name: &str, action: &str) {
    one.exec_with(name, action, 0, "", TIME, "");
    one.hear(1);
}

fn without_an_end(one: &mut Peer) {
    println!("== without an end");
    for name in ["lazy", "silent"] {
        register(one, name, "systemd");
        act(one, name, "start");
    }
    register(one, "mute", "systemd");
    act(one, "mute", "monitor");
    act(one, "lazy", "monitor");
    act(one, "lazy", "stop");
}

fn recurring(one: &mut Peer) {
    println!("== recurring");
    act(one, "web", "start");
    one.exec_with("web", "monitor", 500, "", TIME, "");
    one.hear(3);
    one.about("lrmd_get_recurring", "web", "", 0);
    // a stop cancels it
    one.exec_with("web", "stop", 0, "", TIME, "");
    one.hear(2);
    one.exec_with("silent", "monitor", 60_000, "", "lrmd_timeout=\"60000\"", "");
    one.about("lrmd_rsc_cancel", "silent", "monitor", 60_000);
    one.hear(1);
    one.exec_with("silent", "monitor", 60_000, "", "lrmd_timeout=\"60000\"", "");
    one.about("lrmd_rsc_unregister", "silent", "", 0);
    one.hear(2);
}

fn services(one: &mut Peer) {
    println!("== services");
    for (id, kind) in [("s1", "web"), ("s2", "script"), ("s3", "nosuch")] {
        one.register_as(id, "service", None, kind);
        one.hear(1);
        for action in ["start", "monitor", "stop"] {
            act(one, id, action);
        }
    }
}
