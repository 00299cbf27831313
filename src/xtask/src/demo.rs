//! `make demo`: our daemon from an ordinary corosync.conf on a virtual host of this machine, a C program built with
//! pkg-config, and Debian's own tools, each with a word on what it shows.

use crate::{
    Result,
    layout::{self, Layout},
    packages, run,
    stage::{self, Stage},
};
use std::{ffi::OsStr, fs, path::PathBuf, process::Command};
use testkit::daemon::Daemon;

/// Seconds that a program of the demo may take.
const SECONDS: u32 = 30;

/// Debian's tools, and what a newcomer sees in their output.
const TOOLS: [(&[&str], &str); 4] = [
    (&["corosync-quorumtool", "-s"], "Who votes, and is that enough? One host expects one vote and has it: quorate."),
    (&["corosync-cmapctl", "-g", "totem.cluster_name"], "A key of the daemon's map, read from corosync.conf."),
    (&["corosync-cfgtool", "-s"], "The links between the hosts; with one host, the link to itself."),
    (&["corosync-cfgtool", "-n"], "The other hosts that this one reaches: none here."),
];

/// Shown while the two programs talk.
const GROUPS: (&[&str], &str) =
    (&["corosync-cpgtool"], "Debian's own tool: the process groups with their members, here alice and bob.");

/// Sets up, builds, shows.
pub(crate) fn demo() -> Result<()> {
    println!("1. What building and showing need");
    packages::for_check()?;
    println!("\n2. Building our libraries and daemon");
    let stage = stage::build_and_stage()?;
    println!("\n3. Building a C program as its author would, with our headers and pkg-config");
    let chat = build_chat(&stage)?;
    println!("\n4. Starting our corosync on a virtual host: its own network, processes and files, not this machine's");
    let path = layout::root().join("conf/corosync.conf.alone");
    let configuration = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let log = stage.root.with_file_name("demo.log");
    let daemon = Daemon::start(&stage.daemon("corosync"), Some(&stage.libdir), &configuration, &log)
        .map_err(|error| format!("our corosync: {error}"))?;
    println!("it serves; {} KiB of memory in use; its log's last lines:\n", daemon.resident_kib().unwrap_or(0));
    println!("{}", daemon.tail());
    println!("\n5. Two copies of the program join a group and talk; both see every line in one order");
    talk(&daemon, &stage, &chat)?;
    println!("\n6. More of Debian's own tools, unmodified, on our libraries and daemon");
    for (command, words) in TOOLS {
        show(&daemon, &stage, command, words)?;
    }
    println!("\nThat was all ours but the tools. The daemon ends with its virtual host; nothing is left behind.");
    Ok(())
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
fn talk(daemon: &Daemon, stage: &Stage, chat: &std::path::Path) -> Result<()> {
    let start = |name: &str| {
        let mut command = daemon.host.command("timeout");
        command.arg(SECONDS.to_string()).arg(chat).arg(name).env("LD_LIBRARY_PATH", &stage.libdir);
        command.stdout(std::process::Stdio::piped());
        command.spawn().map_err(|error| format!("chat: {error}"))
    };
    let (alice, bob) = (start("alice")?, start("bob")?);
    std::thread::sleep(std::time::Duration::from_secs(1));
    show(daemon, stage, GROUPS.0, GROUPS.1)?;
    for (name, child) in [("alice", alice), ("bob", bob)] {
        let output = child.wait_with_output().map_err(|error| format!("{name}: {error}"))?;
        println!("\n{name} saw:");
        String::from_utf8_lossy(&output.stdout).lines().for_each(|line| println!("    {line}"));
        if !output.status.success() {
            return Err(format!("{name} ended with {}", output.status));
        }
    }
    Ok(())
}

fn show(daemon: &Daemon, stage: &Stage, command: &[&str], words: &str) -> Result<()> {
    println!("\n$ {}\n  ({words})", command.join(" "));
    let program: Vec<&OsStr> = command.iter().map(OsStr::new).collect();
    let outcome = daemon.host.run(Some(&stage.libdir), SECONDS, &program).map_err(|error| error.to_string())?;
    print!("{}{}", outcome.stdout, outcome.stderr);
    if outcome.success() { Ok(()) } else { Err(format!("{} ended with {}", command.join(" "), outcome.status)) }
}
