//! Virtual hosts reach each other, and don't when they should not.

use core_types::MILLIS;
use std::{
    io::{Write, stderr},
    path::PathBuf,
    time::Duration,
};
use testkit::{
    lan::{self, Disk, Lan},
    weather::Weather,
};

/// Says that a test did not run, past libtest, which swallows what a passing test prints.
fn skipped(test: &str) -> bool {
    let reason = lan::missing();
    if let Some(reason) = &reason {
        writeln!(stderr(), "skipped: {test}: {reason}").expect("stderr is open");
    }
    reason.is_some()
}

fn start(test: &str, hosts: usize, networks: usize) -> Lan {
    let disks = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    Lan::start(hosts, networks, 1, &disks).unwrap()
}

/// How many of 20 datagrams arrive from one host at another.
fn arriving(lan: &Lan, from: usize, to: usize, network: usize) -> Vec<u8> {
    let (sender, receiver) = (lan.socket(from, network).unwrap(), lan.socket(to, network).unwrap());
    receiver.set_read_timeout(Some(PATIENCE)).unwrap();
    for number in 0..20 {
        sender.send_to(&[number], receiver.local_addr().unwrap()).unwrap();
    }
    let mut byte = [0];
    std::iter::from_fn(|| receiver.recv(&mut byte).ok().map(|_| byte[0])).collect()
}

/// How long a datagram is waited for.
const PATIENCE: Duration = Duration::from_millis(400);

#[test]
fn cuts_close_the_ways_they_name_and_no_other() {
    if skipped("cuts_close_the_ways_they_name_and_no_other") {
        return;
    }
    let lan = start("cuts", 3, 2);
    let all: Vec<u8> = (0..20).collect();
    let none = Vec::<u8>::new();
    assert_eq!(arriving(&lan, 0, 1, 0), all);
    lan.cut_way(0, 0, 1);
    assert_eq!(arriving(&lan, 0, 2, 0), all);
    assert_eq!(arriving(&lan, 0, 1, 0), none);
    assert_eq!(arriving(&lan, 0, 1, 1), all, "the other network");
    lan.heal(0, 1);
    assert_eq!(arriving(&lan, 0, 1, 0), all);
    lan.split(&[2]);
    assert_eq!(arriving(&lan, 2, 0, 1), none);
    assert_eq!(arriving(&lan, 1, 0, 1), all);
    lan.heal_all();
    assert_eq!(arriving(&lan, 2, 0, 1), all);
}

#[test]
fn weather_loses_copies_and_disorders() {
    if skipped("weather_loses_copies_and_disorders") {
        return;
    }
    let lan = start("weather", 2, 1);
    assert_eq!(arriving(&lan, 0, 1, 0).len(), 20);
    lan.set_weather(0, Weather { loss: 500, ..Weather::default() });
    assert!((1..20).contains(&arriving(&lan, 0, 1, 0).len()));
    lan.set_weather(0, Weather { copies: 1000, ..Weather::default() });
    assert_eq!(arriving(&lan, 0, 1, 0).len(), 40);
    lan.set_weather(0, Weather { jitter: 50 * MILLIS, ..Weather::default() });
    let disorder = arriving(&lan, 0, 1, 0);
    assert!(disorder.len() == 20 && !disorder.is_sorted(), "{disorder:?}");
}

#[test]
fn a_host_without_power_keeps_its_disk_and_its_addresses() {
    if skipped("a_host_without_power_keeps_its_disk_and_its_addresses") {
        return;
    }
    let mut lan = start("power", 2, 1);
    assert_eq!(lan.host(0).unwrap().run(None, 5, &["uname".as_ref(), "-n".as_ref()]).unwrap().stdout, "n1\n");
    for file in ["/etc/corosync/kept", "/run/lost"] {
        lan.host(0).unwrap().write(file, "here").unwrap();
    }
    lan.power_off(0);
    assert!(lan.host(0).is_err());
    assert!(lan.disk(0, "/etc/corosync/kept").exists());
    lan.power_on(0, Disk::Kept).unwrap();
    let there = |lan: &Lan, file: &str| lan.host(0).unwrap().path(file).exists();
    assert!(there(&lan, "/etc/corosync/kept") && !there(&lan, "/run/lost"));
    assert_eq!(arriving(&lan, 1, 0, 0).len(), 20);
    lan.power_on(0, Disk::Wiped).unwrap();
    assert!(!there(&lan, "/etc/corosync/kept"));
}
