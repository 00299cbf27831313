//! What changes while the daemon runs: corosync.conf reloaded, the network interface gone and back.

use crate::daemon::{CONF, Conf, Daemon, wait_until};
use crate::machine::{alone, run, skipped};
use nix::sys::signal::Signal;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;

/// A tool of the reference, as distributions install it.
const CFGTOOL: &str = "/usr/sbin/corosync-cfgtool";
/// What `corosync-cfgtool` exits with when its request was refused as invalid.
const INVALID: i32 = 7;
const DEBUG: &str = "debug: on";

/// Writes a configuration and has the daemon take it over; the tool's exit code.
fn reload(text: &str) -> Option<i32> {
    std::fs::write(CONF, text).expect("a configuration file");
    let status = Command::new(CFGTOOL).arg("-R").env_remove("LD_LIBRARY_PATH").status();
    status.expect("the tool runs").code()
}

/// The configuration of one node with a second one beside it.
fn with_peer(conf: Conf, address: &str) -> String {
    let peer = format!("nodelist {{\n node {{\n ring0_addr: {address}\n name: n2\n nodeid: 2\n }}\n");
    conf.text().replace("nodelist {\n", &peer)
}

#[test]
fn nodes_and_keys() {
    alone("live::nodes_and_keys", || {
        if !Path::new(CFGTOOL).exists() {
            return skipped("live::nodes_and_keys", "corosync-cfgtool is not installed");
        }
        let one = Conf { logging: DEBUG, ..Conf::default() };
        one.write();
        let mut daemon = Daemon::serving();
        assert_eq!(reload(&with_peer(one, "127.0.0.2")), Some(0), "{}", daemon.output());
        daemon.wait_for("Configured link number 0: local addr: 127.0.0.1, port=5405");
        daemon.wait_for("adding dynamic member 127.0.0.2 for ring 0");
        assert!(UdpSocket::bind("127.0.0.1:5405").is_err(), "knet has no link:\n{}", daemon.output());

        std::fs::write("/etc/corosync/authkey", [7; 128]).expect("a key");
        let secret = Conf { totem: "crypto_cipher: aes256\n crypto_hash: sha256", ..one };
        assert_eq!(reload(&with_peer(secret, "127.0.0.2")), Some(0), "{}", daemon.output());
        daemon.wait_for("kronosnet crypto reconfigured on index 2: nss/aes256/sha256");
        daemon.wait_for("Crypto reconfiguration phase 1");
        daemon.wait_for("Crypto reconfiguration phase 2");
        daemon.wait_for("Only crypto traffic allowed for RX");

        assert_eq!(reload(&with_peer(secret, "127.0.0.3")), Some(INVALID), "{}", daemon.output());
        daemon.wait_for("(addr changed from 127.0.0.2 to 127.0.0.3). Internal value was NOT changed.");

        assert_eq!(reload(&secret.text()), Some(0), "{}", daemon.output());
        daemon.wait_for("removing dynamic member 127.0.0.2 for ring 0");
        wait_until("the end of the link", || UdpSocket::bind("127.0.0.1:5405").is_ok());
        daemon.stop(Signal::SIGTERM).assert("changed", 0, "exiting normally");
    });
}

/// With a transport over UDP, the daemon follows its network interface: down, up, and down before the start.
fn interface(test: &str, transport: &'static str) {
    alone(test, || {
        run("ip", &["link", "add", "e0", "type", "veth", "peer", "name", "e1"]);
        run("ip", &["address", "add", "10.99.0.1/24", "dev", "e0"]);
        run("ip", &["link", "set", "e0", "up"]);
        let conf = Conf { totem: transport, ..Conf::default() };
        std::fs::write(CONF, conf.text().replace("127.0.0.1", "10.99.0.1")).expect("a configuration file");
        let mut daemon = Daemon::serving();
        let ups = |daemon: &Daemon| daemon.output().matches("The network interface [10.99.0.1] is now up.").count();
        let rings = |daemon: &Daemon| daemon.output().matches("A new membership (").count();
        assert_eq!(ups(&daemon), 1, "{}", daemon.output());
        wait_until("the first ring", || rings(&daemon) == 1);
        run("ip", &["link", "set", "e0", "down"]);
        daemon.wait_for("The network interface is down.");
        wait_until("a ring without a network", || rings(&daemon) == 2);
        run("ip", &["link", "set", "e0", "up"]);
        wait_until("the interface", || ups(&daemon) == 2);
        wait_until("a ring with it", || rings(&daemon) == 3);
        daemon.stop(Signal::SIGTERM).assert("up again", 0, "exiting normally");
    });
}

#[test]
fn interface_of_udp() {
    interface("live::interface_of_udp", "transport: udp");
}

#[test]
fn interface_of_udpu() {
    interface("live::interface_of_udpu", "transport: udpu");
}
