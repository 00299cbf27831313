//! The real libqb as a client of our server, and our client on our server.

mod common;

use common::{Echo, leftovers};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use sys_qb::{Client, Errno};

/// The tests look at all of this process's files, so they take turns.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> std::sync::MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Builds a C program with libqb; `None`, and says so, where that can't be.
fn build(source: &str) -> Option<PathBuf> {
    let program = std::env::temp_dir().join(format!("systole-{source}-{}", std::process::id()));
    let path = format!("{}/tests/c/{source}.c", env!("CARGO_MANIFEST_DIR"));
    let built = Command::new("cc").args(["-O1", "-Wall", "-o"]).arg(&program).args([&path, "-lqb"]).output();
    if built.is_ok_and(|output| output.status.success()) {
        return Some(program);
    }
    println!("skipped: no cc or libqb-dev here (apt-get install gcc libqb-dev)");
    None
}

#[test]
fn libqb_s_client_talks_to_our_server() {
    let _turn = turn();
    let Some(program) = build("client") else { return };
    let echo = Echo::start("libqb");
    for _ in 0..3 {
        let output = Command::new(&program).arg(&echo.name).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "ok\n");
    }
    let _crashed = Command::new(&program).arg(&echo.name).arg("crash").output().unwrap();
    assert_eq!(leftovers(), Vec::<String>::new());
}

#[test]
fn our_client_gets_replies_and_events_of_all_sizes_in_order() {
    let _turn = turn();
    let echo = Echo::start("ours");
    let client = Client::connect(&echo.name, 1 << 20).unwrap();
    assert!(client.is_systole());
    let mut buffer = vec![0; 1 << 20];
    for size in (16..=1 << 20).step_by(31_337) {
        let message: Vec<u8> = (0..size).map(|index| (index % 251) as u8).collect();
        assert_eq!(client.call(&[&message[..8], &message[8..]], &mut buffer, 5000), Ok(size));
        assert_eq!(buffer[..size], message);
        assert_eq!(client.event(&mut buffer, 5000), Ok(size));
        assert_eq!(buffer[..size], message);
        client.settle().unwrap();
        assert_eq!(client.event(&mut buffer, 0), Err(Errno::EAGAIN));
    }
    assert_eq!(client.send(&[&[0; 2 << 20]]), Err(Errno::EMSGSIZE));
    drop(client);
    drop(echo);
    assert_eq!(leftovers(), Vec::<String>::new());
}

#[test]
fn requests_without_waiting_all_arrive_in_order() {
    let _turn = turn();
    let echo = Echo::start("batch");
    let client = Client::connect(&echo.name, 1 << 16).unwrap();
    let mut buffer = [0; 64];
    let (mut sent, mut received) = (0u64, 0u64);
    while received < 100_000 {
        let burst = 50.min(100_000 - sent);
        for _ in 0..burst {
            client.send(&[&[1, 0, 0, 0, 0, 0, 0, 0], &sent.to_ne_bytes()]).unwrap();
            sent += 1;
        }
        for _ in 0..burst {
            assert_eq!(client.receive(&mut buffer, 5000), Ok(16));
            assert_eq!(client.event(&mut buffer, 5000), Ok(16));
            assert_eq!(buffer[8..16], received.to_ne_bytes());
            received += 1;
        }
    }
}

#[test]
fn a_forked_child_does_not_hold_a_connection_that_its_parent_ended() {
    let _turn = turn();
    let echo = Echo::start("fork");
    let client = Client::connect(&echo.name, 1 << 16).unwrap();
    // SAFETY: fork(2): the child only makes calls that are safe in a signal handler
    let child = match unsafe { libc::fork() } {
        // SAFETY: likewise
        0 => unsafe {
            libc::sleep(20);
            libc::_exit(0)
        },
        child => child,
    };
    drop(client);
    let left = leftovers();
    // SAFETY: kill(2), waitpid(2): the child just made; its status isn't wanted
    unsafe {
        libc::kill(child, libc::SIGKILL);
        libc::waitpid(child, std::ptr::null_mut(), 0);
    }
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn a_server_s_end_is_seen() {
    let _turn = turn();
    let echo = Echo::start("end");
    let client = Client::connect(&echo.name, 1 << 16).unwrap();
    drop(echo);
    assert_eq!(client.send(&[&[0; 16]]), Err(Errno::ENOTCONN));
    assert_eq!(client.event(&mut [0; 16], -1), Err(Errno::ENOTCONN));
    assert_eq!(Client::connect("systole-nobody", 1 << 16).err(), Some(Errno::ECONNREFUSED));
}
