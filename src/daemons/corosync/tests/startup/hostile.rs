//! Clients that break the rules, on the real daemon. While and after each attack a well-behaved client is answered (the
//! slowest answer is printed, to read with `--nocapture` on an idle machine), and in the end no descriptor, no file
//! and no connection of the attackers is left.

#[path = "hostile/datagrams.rs"]
mod datagrams;
#[path = "hostile/deaf.rs"]
mod deaf;
#[path = "hostile/deaths.rs"]
mod deaths;
#[path = "hostile/handshakes.rs"]
mod handshakes;
#[path = "hostile/requests.rs"]
mod requests;
#[path = "hostile/rings.rs"]
mod rings;
#[path = "hostile/shortage.rs"]
mod shortage;
#[path = "hostile/users.rs"]
mod users;

use crate::daemon::{Conf, Daemon, names, wait_until};
use crate::machine::alone;
use core_types::mar::{RequestHeader, ResponseHeader};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use std::time::{Duration, Instant};
use sys_qb::Client;
use zerocopy::{FromBytes, IntoBytes};

const SERVICES: [&str; 5] = ["cmap", "cfg", "cpg", "quorum", "votequorum"];
/// After which an answer is none, in milliseconds.
const PATIENCE: i32 = 5000;
/// What every library of corosync asks for.
const MESSAGE: usize = 8192 * 128;

/// A name and what is done to the daemon.
type Attack = (&'static str, fn());

fn connect(service: &str) -> Client {
    Client::connect(service, MESSAGE).expect("a connection")
}

/// Bytes without a pattern, from a seed.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// Sends a request and gives its answer's error.
#[track_caller]
fn ask(client: &Client, request: &[u8]) -> i32 {
    let mut reply = vec![0; MESSAGE];
    let length = client.call(&[request], &mut reply, PATIENCE).expect("an answer");
    ResponseHeader::read_from_prefix(&reply[..length]).expect("a header").0.error
}

/// Asks for quorum and gives the time until the answer.
#[track_caller]
fn is_answered(client: &Client, when: &str) -> Duration {
    let (start, mut reply) = (Instant::now(), [0; 256]);
    let length = client.call(&[RequestHeader::new(0, size_of::<RequestHeader>()).as_bytes()], &mut reply, PATIENCE);
    let took = start.elapsed();
    let header = length.map(|length| ResponseHeader::read_from_prefix(&reply[..length]));
    assert!(matches!(header, Ok(Ok((header, _))) if header.error == 1), "{when}: {header:?}");
    took
}

fn descriptors(pid: u32) -> usize {
    names(&format!("/proc/{pid}/fd")).len()
}

/// How long a process was on a processor: what a busy machine doesn't change.
fn processor_time(pid: u32) -> Duration {
    let text = std::fs::read_to_string(format!("/proc/{pid}/schedstat")).unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

/// A daemon and a client of it that keeps the rules.
struct Siege {
    daemon: Daemon,
    client: Client,
    /// What there was before the first attack.
    descriptors: usize,
    shared: Vec<String>,
}

impl Siege {
    fn of(daemon: Daemon) -> Siege {
        let client = connect("quorum");
        is_answered(&client, "before");
        let (descriptors, shared) = (descriptors(daemon.pid()), names("/dev/shm"));
        Siege { daemon, client, descriptors, shared }
    }

    /// Attacks while the good client asks, then looks at what is left.
    #[track_caller]
    fn under(&self, name: &str, attack: impl FnOnce() + Send) {
        let mut slowest = [Duration::ZERO; 2];
        let mut measure = || {
            let before = processor_time(self.daemon.pid());
            let took = is_answered(&self.client, name);
            let worked = processor_time(self.daemon.pid()).saturating_sub(before);
            slowest = [slowest[0].max(took), slowest[1].max(worked)];
        };
        std::thread::scope(|scope| {
            let attacking = scope.spawn(attack);
            while !attacking.is_finished() {
                measure();
                std::thread::sleep(Duration::from_millis(1));
            }
            attacking.join().unwrap_or_else(|_| panic!("{name}: the attack itself"));
        });
        let end = Instant::now();
        while end.elapsed() < Duration::from_millis(20) {
            measure();
        }
        let [took, worked] = slowest.map(|time| time.as_secs_f64() * 1000.0);
        println!("slowest answer under attack: {name}: {took:.1} ms, the daemon worked {worked:.1} ms");
        self.is_clean(name);
    }

    #[track_caller]
    fn is_clean(&self, name: &str) {
        wait_until(&format!("{name}: descriptors to be closed"), || descriptors(self.daemon.pid()) <= self.descriptors);
        wait_until(&format!("{name}: files to be removed"), || names("/dev/shm") == self.shared);
    }

    fn end(self) {
        drop(self.client);
        let outcome = self.daemon.stop(Signal::SIGTERM);
        outcome.assert("hostile", 0, "exiting normally");
        assert!(!outcome.output.contains("panicked"), "{}", outcome.output);
        assert_eq!(names("/dev/shm"), [""; 0]);
    }
}

/// Lets this process, which plays many clients, and the daemon that it starts have many descriptors.
fn many_descriptors() {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    setrlimit(Resource::RLIMIT_NOFILE, most.min(8192), most).expect("a raised limit");
}

fn attacks(test: &str, conf: Conf, attacks: &[&[Attack]]) {
    alone(test, || {
        many_descriptors();
        conf.write();
        let siege = Siege::of(Daemon::serving());
        for (name, attack) in attacks.concat() {
            siege.under(name, attack);
        }
        siege.end();
    });
}

#[test]
fn clients() {
    let all = [handshakes::ATTACKS, rings::ATTACKS, requests::ATTACKS];
    attacks("hostile::clients", Conf::default(), &all);
}

#[test]
fn clients_over_sockets() {
    let all = [handshakes::ATTACKS, datagrams::ATTACKS, requests::ATTACKS];
    attacks("hostile::clients_over_sockets", Conf { system: "qb_ipc_type: socket", ..Conf::default() }, &all);
}
