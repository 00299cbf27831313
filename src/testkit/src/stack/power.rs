//! A power switch for virtual hosts, as a rack has one: it hangs on a network beside them, and a fence agent
//! (`fence_outlet`) asks it over UDP to cut a host's power.
//!
//! A datagram holds one line: `off HOST`, `status HOST` or `list`. `off` is answered when no process of the host is left,
//! and not at all when that can't be said.

use super::locked;
use crate::lan::{Lan, host_name};
use std::{
    fs, io,
    net::{SocketAddr, UdpSocket},
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, SystemTime},
};

/// The agent's name, as in `stonith:fence_outlet`.
pub const AGENT: &str = "fence_outlet";

/// The agent.
const SCRIPT: &str = include_str!("fence_outlet");

/// Longest question.
const QUESTION: usize = 256;

/// How soon the switch notices that it is to end.
const LOOK: Duration = Duration::from_millis(100);

/// Something that the switch did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// When it answered.
    pub at: SystemTime,
    /// The host, as its name says.
    pub host: String,
    /// Whether the host had power when it was asked.
    pub was_on: bool,
}

/// A running power switch. Dropping it ends its thread.
#[derive(Debug)]
pub struct PowerSwitch {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    deeds: Mutex<Vec<Deed>>,
    broken: AtomicBool,
    ended: AtomicBool,
}

impl PowerSwitch {
    /// Starts a switch for the first `outlets` hosts of a lan, with a network socket on host `at`.
    pub fn start(lan: &Arc<Mutex<Lan>>, outlets: usize, at: usize) -> io::Result<PowerSwitch> {
        let socket = locked(lan).socket(at, 0)?;
        socket.set_read_timeout(Some(LOOK))?;
        let address = socket.local_addr()?;
        let shared = Arc::new(Shared::default());
        let (lan, mine) = (lan.clone(), shared.clone());
        let thread = thread::spawn(move || serve(&socket, &mine, &lan, outlets));
        Ok(PowerSwitch { address, shared, thread: Some(thread) })
    }

    /// Puts the agent into a folder.
    pub fn install_agent(folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let path = folder.join(AGENT);
        fs::write(&path, SCRIPT)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))
    }

    /// Whether it answers: a broken switch hears and does nothing.
    pub fn set_broken(&self, broken: bool) {
        self.shared.broken.store(broken, Ordering::Relaxed);
    }

    /// The power cuts that it confirmed.
    #[must_use]
    pub fn deeds(&self) -> Vec<Deed> {
        locked(&self.shared.deeds).clone()
    }
}

impl Drop for PowerSwitch {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(socket: &UdpSocket, shared: &Shared, lan: &Mutex<Lan>, outlets: usize) {
    let mut question = [0; QUESTION];
    while !shared.ended.load(Ordering::Relaxed) {
        let Ok((length, from)) = socket.recv_from(&mut question) else { continue };
        if shared.broken.load(Ordering::Relaxed) {
            continue;
        }
        let text = String::from_utf8_lossy(&question[..length]).into_owned();
        if let Some(answer) = answer(text.trim(), shared, lan, outlets) {
            // Who hears nothing asks again.
            let _ = socket.send_to(format!("{answer}\n").as_bytes(), from);
        }
    }
}

fn answer(question: &str, shared: &Shared, lan: &Mutex<Lan>, outlets: usize) -> Option<String> {
    let names: Vec<String> = (0..outlets).map(host_name).collect();
    if question == "list" {
        return Some(names.join(" "));
    }
    let (verb, name) = question.split_once(' ')?;
    let host = names.iter().position(|known| known == name)?;
    let mut lan = locked(lan);
    let was_on = lan.host(host).is_ok();
    match verb {
        "status" => Some(if was_on { "on" } else { "off" }.to_owned()),
        "off" => {
            // Returns when the last of the host's processes is gone.
            lan.power_off(host);
            locked(&shared.deeds).push(Deed { at: SystemTime::now(), host: names[host].clone(), was_on });
            Some("off".to_owned())
        }
        _ => None,
    }
}
