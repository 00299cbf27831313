//! The daemon under test: its configuration, its life and what it said.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_corosync");
pub(crate) const CONF: &str = "/etc/corosync/corosync.conf";
pub(crate) const PID_FILE: &str = "/run/corosync.pid";
pub(crate) const READY: &str = "Completed service synchronization, ready to provide service.";

/// What any one step may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);

/// A one node cluster, with lines added to its sections.
#[derive(Clone, Copy, Default)]
pub(crate) struct Conf {
    pub(crate) totem: &'static str,
    pub(crate) logging: &'static str,
    pub(crate) system: &'static str,
}

impl Conf {
    /// The added line of `totem` is line 3 of the file.
    pub(crate) fn text(self) -> String {
        format!(
            "totem {{\n version: 2\n {}\n cluster_name: alone\n}}\n\
             nodelist {{\n node {{\n ring0_addr: 127.0.0.1\n name: n1\n nodeid: 1\n }}\n}}\n\
             quorum {{\n provider: corosync_votequorum\n}}\n\
             logging {{\n to_stderr: yes\n to_syslog: no\n {}\n}}\n\
             system {{\n allow_knet_handle_fallback: yes\n sched_rr: no\n move_to_root_cgroup: no\n {}\n}}\n",
            self.totem, self.logging, self.system
        )
    }

    pub(crate) fn write(self) {
        std::fs::write(CONF, self.text()).expect("a configuration file");
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
}

impl Outcome {
    /// Fails unless it exited with `code` and said `message`.
    #[track_caller]
    pub(crate) fn assert(&self, what: &str, code: i32, message: &str) {
        assert_eq!(self.code, Some(code), "{what}: exit code; it said:\n{}", self.output);
        assert!(self.output.contains(message), "{what}: {message:?} is missing in:\n{}", self.output);
    }
}

/// A started daemon; its stdout and stderr go to one file.
pub(crate) struct Daemon {
    child: Child,
    output: String,
}

impl Daemon {
    /// Starts the daemon in the foreground and waits until it serves.
    pub(crate) fn serving() -> Self {
        let mut daemon = Self::start(Command::new(BINARY).arg("-f"));
        daemon.wait_for(READY);
        daemon
    }

    pub(crate) fn start(command: &mut Command) -> Self {
        let mut paths = (0..).map(|n| format!("/etc/corosync/output.{n}"));
        let output = paths.find(|path| !Path::new(path).exists()).expect("a free name");
        let file = File::create(&output).expect("a file for the output");
        let copy = file.try_clone().expect("a second descriptor");
        let child = command.stdin(Stdio::null()).stdout(file).stderr(copy).spawn().expect("the program runs");
        Self { child, output }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn output(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.output).expect("its output")).into_owned()
    }

    /// Waits until it said `message`; fails where it ends before.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, message: &str) {
        let since = Instant::now();
        while !self.output().contains(message) {
            let ended = self.child.try_wait().expect("its state");
            assert!(ended.is_none() && since.elapsed() < PATIENCE, "no {message:?} ({ended:?}):\n{}", self.output());
            std::thread::sleep(PAUSE);
        }
    }

    #[track_caller]
    pub(crate) fn stop(self, signal: Signal) -> Outcome {
        send(self.pid(), signal);
        self.end()
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn end(mut self) -> Outcome {
        let mut status = None;
        wait_until("the end of the process", || {
            status = self.child.try_wait().expect("its state");
            status.is_some()
        });
        Outcome { code: status.and_then(|status| status.code()), output: self.output() }
    }
}

/// Runs the daemon with `arguments` to its end.
#[track_caller]
pub(crate) fn run(arguments: &[&str]) -> Outcome {
    Daemon::start(Command::new(BINARY).args(arguments)).end()
}

pub(crate) fn send(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.try_into().expect("a pid")), signal).expect("a signal sent");
}

#[track_caller]
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(since.elapsed() < PATIENCE, "waited too long for {what}");
        std::thread::sleep(PAUSE);
    }
}

/// The names in a directory, sorted.
pub(crate) fn names(directory: &str) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
