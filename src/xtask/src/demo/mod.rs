//! `make demo`: a cluster of two virtual hosts of this machine on our corosync. A C program built with pkg-config talks
//! across it, Debian's own tools look at it, and Debian's pacemaker moves an address when a host loses its power.

mod failover;

use crate::{
    Result,
    layout::{self, Layout},
    packages, run,
    stage::{self, Stage},
};
use std::{path::PathBuf, process::Command};
use testkit::{
    cluster::{
        conf::Wire,
        ring::{Build, OURS},
    },
    lan,
    stack::Stack,
};

/// Seconds that a program of the demo may take.
const SECONDS: u32 = 30;

/// The cluster's members, counted from 0.
const MEMBERS: [usize; 2] = [0, 1];

/// The network below: kronosnet, encrypted and signed.
const WIRE: Wire = Wire { crypto: true, ..Wire::KNET };

/// Debian's tools, and what a newcomer sees in their output.
const TOOLS: [(&[&str], &str); 3] = [
    (&["corosync-quorumtool", "-s"], "Who votes, and is that enough? Two hosts, and `two_node` lets one go on alone."),
    (&["corosync-cfgtool", "-n"], "The other host, and the link to it."),
    (&["corosync-cmapctl", "-g", "totem.crypto_cipher"], "A key of the daemon's map, read from corosync.conf."),
];

/// Shown while the two programs talk.
const GROUPS: (&[&str], &str) =
    (&["corosync-cpgtool"], "Debian's tool for process groups: alice on node 1 and bob on node 2.");

/// Sets up, builds, shows.
pub(crate) fn demo() -> Result<()> {
    println!("1. What building and showing need");
    packages::for_demo()?;
    if let Some(reason) = lan::missing() {
        return Err(format!("the demo's virtual hosts can't be made: {reason}"));
    }
    println!("everything is there\n\n2. Building our libraries and daemon");
    let stage = stage::build_and_stage()?;
    println!("\n3. Building a C program as its author would, with our headers and pkg-config");
    let chat = build_chat(&stage)?;
    println!(
        "\n4. Two virtual hosts of this machine, n1 and n2, each with its own network, processes and disk; our corosync"
    );
    println!(
        "   on both, encrypted with aes256 and sha256. This machine's own network, services and files stay as they are."
    );
    let mut stack = start(&stage)?;
    println!("\n5. The program runs on both hosts; both copies see every line in one order");
    talk(&stack, &chat)?;
    println!("\n6. More of Debian's own tools, unmodified, on our libraries and daemon");
    TOOLS.iter().try_for_each(|(command, words)| show(&stack, 0, command, words))?;
    failover::show(&mut stack)?;
    println!(
        "\nOurs were corosync and its libraries; everything else was Debian's. The hosts end now; nothing is left behind."
    );
    Ok(())
}

/// Two hosts in one ring.
fn start(stage: &Stage) -> Result<Stack> {
    let build = Build { name: OURS, daemon: stage.daemon("corosync"), libraries: Some(stage.corosync_libraries()?) };
    let folder = layout::target()?.join("demo");
    let stack = Stack::start(&[build.clone(), build], WIRE, "\ttwo_node: 1\n", &folder);
    let mut stack = stack.map_err(|error| format!("no virtual hosts: {error}"))?;
    for host in MEMBERS {
        stack.start_corosync(host).map_err(|error| format!("our corosync: {error}"))?;
    }
    stack.await_ring(&MEMBERS)?;
    println!("one ring; the last lines of n1's log:\n");
    let said = stack.said(0, "corosync");
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(4)..].iter().for_each(|line| println!("    {line}"));
    Ok(stack)
}

/// `cc chat.c $(pkg-config --cflags --libs libcpg libquorum)` against the stage.
fn build_chat(stage: &Stage) -> Result<PathBuf> {
    let source = layout::root().join("capi-tests/demo/chat.c");
    let program = stage.root.with_file_name("chat");
    let mut question = Command::new("pkg-config");
    question.env("PKG_CONFIG_PATH", stage.libdir.join("pkgconfig")).env("PKG_CONFIG_SYSROOT_DIR", &stage.root);
    // The stage's /usr is no system folder: its -I and -L must be said.
    question.env("PKG_CONFIG_ALLOW_SYSTEM_CFLAGS", "1").env("PKG_CONFIG_ALLOW_SYSTEM_LIBS", "1");
    let flags = run::output(question.args(["--cflags", "--libs", "libcpg", "libquorum"]))?;
    let layout = Layout::default();
    println!("$ cc -o chat chat.c $(pkg-config --cflags --libs libcpg libquorum)   [{} of the stage]", layout.prefix());
    let mut compiler = Command::new("cc");
    compiler.args(["-std=gnu11", "-Wall", "-O1"]).arg(source).arg("-o").arg(&program);
    run::run(compiler.args(flags.split_whitespace()))?;
    println!("  -> {}", program.display());
    Ok(program)
}

/// Alice and Bob at the same time; cpgtool in between sees both.
fn talk(stack: &Stack, chat: &std::path::Path) -> Result<()> {
    let start = |(host, name): (usize, &'static str)| {
        let mut command = stack.command(host, "timeout").map_err(|error| error.to_string())?;
        command.arg(SECONDS.to_string()).arg(chat).arg(name).stdout(std::process::Stdio::piped());
        command.spawn().map(|child| (name, child)).map_err(|error| format!("chat: {error}"))
    };
    let children = [(0, "alice"), (1, "bob")].map(start);
    std::thread::sleep(std::time::Duration::from_secs(1));
    show(stack, 0, GROUPS.0, GROUPS.1)?;
    for child in children {
        let (name, child) = child?;
        let output = child.wait_with_output().map_err(|error| format!("{name}: {error}"))?;
        println!("\n{name} saw:");
        String::from_utf8_lossy(&output.stdout).lines().for_each(|line| println!("    {line}"));
        if !output.status.success() {
            return Err(format!("{name} ended with {}", output.status));
        }
    }
    Ok(())
}

/// Runs a command on a host and shows what it says.
fn show(stack: &Stack, host: usize, command: &[&str], words: &str) -> Result<()> {
    println!("\n{}$ {}\n  ({words})", lan::host_name(host), command.join(" "));
    let said = stack.must(host, SECONDS, command)?;
    said.lines().filter(|line| !line.trim().is_empty()).for_each(|line| println!("    {line}"));
    Ok(())
}
