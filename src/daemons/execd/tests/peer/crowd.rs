//! Clients that break the rules, and many resources at once.

use super::Peer;
use core_pcmk_ipc::{Flags, encode};

/// Resources that run at once.
const RESOURCES: usize = 100;

pub(crate) fn run() {
    let mut bad = Peer::sign_on("bad");
    let garbage = (0..=255u8).cycle();
    for length in [1, 11, 12, 28, 39, 40, 41, 500, 100_000] {
        bad.throw(&garbage.clone().take(length).collect::<Vec<u8>>());
    }
    for text in ["", "<", "<a></b>", "not XML", "<lrmd_command/>", "<x lrmd_op=\"lrmd_rsc_exec\"><lrmd_rsc/></x>"] {
        for flags in [Flags::empty(), Flags::CLIENT_RESPONSE, Flags::all()] {
            bad.throw(&encode(text, 7, flags, 4096).expect("it is short"));
        }
    }
    drop(bad);
    let mut one = Peer::sign_on("one");
    // dies in the middle, with agents of its running
    let mut dying = Peer::sign_on("dying");
    dying.register_as("dying", "ocf", Some("test"), "Agent");
    dying.exec_with("dying", "hang", 60_000, "lrmd_callopt=\"2\"", "", "");
    drop(dying);
    for index in 0..RESOURCES {
        let id = format!("r{index}");
        one.register_as(&id, "ocf", Some("test"), "Agent");
        one.exec(&id, "code3", 0);
        one.exec(&id, "hang", 60_000);
    }
    one.count("lrmd_rsc_action=\"code3\"", RESOURCES);
    for index in 0..RESOURCES - 2 {
        one.about("lrmd_rsc_unregister", &format!("r{index}"), "", 0);
    }
    one.count("lrmd_op=\"lrmd_rsc_unregister\"", RESOURCES - 2);
    println!("crowd: all told");
    // what still recurs is left to the end of the daemon
    for index in RESOURCES - 2..RESOURCES {
        one.about("lrmd_rsc_cancel", &format!("r{index}"), "hang", 60_000);
    }
    one.count("lrmd_exec_op_status=\"1\"", 2);
    let last = format!("r{}", RESOURCES - 1);
    one.exec(&last, "hang", 60_000);
}
