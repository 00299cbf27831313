//! A program linked with Debian's liblrmd prints the same with ours where the executor is pacemaker-remoted: in a session, and
//! between that one's clients and this host's daemons. Skipped, and said so, without root or where Debian's packages are
//! missing.

mod common;

use common::{AUTHKEY, compile, host, run};
use std::path::Path;
use std::process::Stdio;
use testkit::{
    host::Host,
    library::{Folder, assert_same_lines, built, skipped, unpacked},
    pacemaker::{self, Running, shell},
};

const REMOTED: &str = "pacemaker-remoted";
/// What its process is called.
const PROCESS: &str = "pacemaker-remot";
const COROSYNC: &str = "/usr/sbin/corosync";
const MANAGER: &str = "/usr/lib/pacemaker/pacemaker-based";

/// Starts an executor for other hosts and waits until it listens. `own_network`: where this host's daemons can't be seen.
fn remoted(host: &Host, program: &Path, own_network: bool) -> Running {
    let made = shell(host, "for name in authkey another-key; do head -c 4096 /dev/urandom >/run/$name; done");
    assert!(made.success(), "{made:?}");
    let program = program.display().to_string();
    let network = ["unshare", "--net", "sh", "-c", "ip link set lo up; exec \"$0\""];
    let network = if own_network { &network[..] } else { &[] };
    let settings = ["PCMK_stderr=no", "PCMK_logfile=/run/log", AUTHKEY];
    let words = [&settings[..], network, &[&program]].concat();
    let mut running = Running::spawn(host, "env", &words, Stdio::null()).expect("nsenter runs");
    // 3121
    let listens = format!(
        "for each in $(seq 600); do grep -q ':0C31 .* 0A ' /proc/$(pgrep -x {PROCESS})/net/tcp6 && exit; sleep 0.1; done 2>/dev/null; exit 1"
    );
    let seen = shell(host, &listens);
    assert!(seen.success() && running.runs(), "{program} doesn't listen");
    running
}

/// What a session prints, or why there is none.
fn session(program: &Path, executor: &Path, library: Option<&Folder>) -> Option<String> {
    let host = host("a remote session")?;
    let _running = remoted(&host, executor, false);
    Some(run(&host, library, program, &["stranger"]) + &run(&host, library, program, &["remote"]))
}

#[test]
fn a_session_with_a_remote_executor_is_the_same_with_both_libraries() {
    let Ok(executor) = unpacked(REMOTED).inspect_err(|why| skipped(why)) else { return };
    let folder = Folder::new("lrmd-remote");
    let program = compile(&folder, "session", include_str!("session.c"));
    let Some(expected) = session(&program, &executor, None) else { return };
    assert!(expected.lines().count() > 200, "{expected}");
    let library = built("lrmd", 28);
    assert_same_lines(&expected, &session(&program, &executor, Some(&library)).expect("a host, as before"));
}

/// What clients of the remote node do, which have no libraries of ours, and how it is told to end.
const CLIENTS: &str = "unset LD_LIBRARY_PATH; exec >/run/said 2>&1
there() { nsenter -t $(pgrep -x pacemaker-remot) -n -- timeout 60 \"$@\"; end=$?; echo \"$1: $end\"; return $end; }
there cibadmin -Q -o nodes
there cibadmin -C -o resources -X '<primitive id=\"a\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>'
there cibadmin -C -o resources -X '<primitive id=\"a\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>'
there cibadmin -Q -o resources
there crm_attribute -n x -v y
there crm_attribute -n x -q -G
there cibadmin -D -o resources -X '<primitive id=\"a\"/>'
# its daemon isn't there, which it hears sooner or later
there crmadmin -S n1 >/dev/null 2>&1 || echo crmadmin failed
kill $(pgrep -x pacemaker-remot)";

/// What stands between the clients and the daemons, and what the clients see.
fn between(program: &Path, executor: &Path, word: &str, library: Option<&Folder>) -> Option<String> {
    let host = host("a remote node's clients")?;
    let _corosync = pacemaker::corosync(&host, COROSYNC).expect("corosync");
    let mut manager = pacemaker::cib_manager(&host, MANAGER, Stdio::null()).expect("a CIB manager");
    pacemaker::await_changes(&host).expect("it makes changes");
    let running = remoted(&host, executor, true);
    let network = shell(&host, &format!("echo /proc/$(pgrep -x {PROCESS})/ns/net")).stdout;
    let told = run(&host, library, program, &[network.trim(), word, CLIENTS]);
    let end = running.end();
    assert_eq!(end.status, "exit 0", "{end:?}");
    assert!(manager.runs());
    Some(told + &shell(&host, "cat /run/said").stdout)
}

#[test]
fn clients_of_a_remote_node_reach_the_daemons_the_same_through_both_libraries() {
    let Ok(executor) = unpacked(REMOTED).inspect_err(|why| skipped(why)) else { return };
    let folder = Folder::new("lrmd-proxy");
    let program = compile(&folder, "proxy", include_str!("proxy.c"));
    let library = built("lrmd", 28);
    for word in ["ack", "nack"] {
        let Some(expected) = between(&program, &executor, word, None) else { return };
        assert!(expected.lines().count() > 60, "{expected}");
        assert_same_lines(&expected, &between(&program, &executor, word, Some(&library)).expect("a host, as before"));
    }
}
