//! mon, wd and pload on a machine whose load, watchdog and time the tests set.

use core_icmap::Value;
use core_monitor::{Mon, Pload, Wd};
use core_service::{Guarantee, Request, Service};
use core_types::{NodeId, ServiceId};
use test_doubles::{FakeHost, FakeWatchdog};

const SECOND: u64 = 1_000_000_000;
const PROCESS: &str = "resources.process.7.";

/// The host of one of the services; only pload multicasts.
fn host(service: ServiceId) -> FakeHost {
    FakeHost::new(service, if service == ServiceId::Pload { &[Guarantee::Agreed] } else { &[] })
}

/// A watchdog that can be set to at most so many seconds.
fn dog(max: u32) -> Option<FakeWatchdog> {
    Some(FakeWatchdog { max, ..FakeWatchdog::default() })
}

/// Starts the service, as the daemon does: nobody is told of changes from before.
fn start(host: &mut FakeHost, service: &mut dyn Service) {
    service.start(host).unwrap();
    host.map.discard_changes();
}

fn set(host: &mut FakeHost, service: &mut dyn Service, key: &str, value: impl Into<Value>) {
    host.map.set(key, value).unwrap();
    host.tell(service);
}

/// Lets time pass, with all timers, up to `to`.
fn run(host: &mut FakeHost, service: &mut dyn Service, to: u64) {
    while host.expire_next(service, to) {
        host.tell(service);
    }
    host.now = to;
}

fn text<'a>(host: &'a FakeHost, key: &str) -> Option<&'a str> {
    host.map.text(key)
}

#[test]
fn mon_waits_for_a_limit() {
    let (mut mon, mut host) = (Mon::new(), FakeHost { memory: Some(40), load: Some(0.5), ..host(ServiceId::Mon) });
    start(&mut host, &mut mon);
    assert_eq!(text(&host, "resources.system.memory_used.state"), Some("stopped"));
    assert_eq!(host.map.u64("resources.system.load_15min.poll_period"), Some(3000));
    assert!(host.timers.is_empty());
}

#[test]
fn mon_measures_and_fails_over_the_limit() {
    let (mut mon, mut host) = (Mon::new(), FakeHost { memory: Some(40), load: Some(1.5), ..host(ServiceId::Mon) });
    host.map.set("resources.system.memory_used.max", "80 percent").unwrap();
    host.map.set("resources.system.memory_used.poll_period", "500").unwrap();
    start(&mut host, &mut mon);
    assert_eq!(text(&host, "resources.system.memory_used.state"), Some("running"));
    assert_eq!(host.map.get("resources.system.memory_used.current"), Some(&Value::U32(40)));
    host.memory = Some(81);
    run(&mut host, &mut mon, SECOND / 2);
    assert_eq!(text(&host, "resources.system.memory_used.state"), Some("failed"));
    assert_eq!(host.log.last().unwrap(), "Fsm:memory_used event \"failure\", state \"running\" --> \"failed\"");
    set(&mut host, &mut mon, "resources.system.memory_used.max", "90");
    assert_eq!(text(&host, "resources.system.memory_used.state"), Some("running"));
    set(&mut host, &mut mon, "resources.system.memory_used.max", "much");
    assert_eq!(text(&host, "resources.system.memory_used.state"), Some("stopped"));
    assert!(host.timers.is_empty());
}

#[test]
fn mon_refuses_odd_periods() {
    let (mut mon, mut host) = (Mon::new(), FakeHost { load: Some(1.5), ..host(ServiceId::Mon) });
    host.map.set("resources.system.load_15min.poll_period", "499").unwrap();
    host.map.set("resources.system.load_15min.max", "1.0").unwrap();
    start(&mut host, &mut mon);
    assert_eq!(host.log[0], "Could NOT use poll_period:499 ms for resource load_15min");
    assert_eq!(host.timers[&1], 3 * SECOND);
    assert_eq!(text(&host, "resources.system.load_15min.state"), Some("failed"));
    host.map.delete("resources.system.load_15min.max").unwrap();
    host.tell(&mut mon);
    assert!(host.log.iter().any(|line| line == "resource \"load_15min\" deleted from cmap!"));
}

fn process(host: &mut FakeHost, wd: &mut Wd, recovery: &str) {
    set(host, wd, &format!("{PROCESS}recovery"), recovery);
    set(host, wd, &format!("{PROCESS}poll_period"), 1000u64);
    set(host, wd, &format!("{PROCESS}state"), "stopped");
    set(host, wd, &format!("{PROCESS}state"), "running");
}

#[test]
fn wd_tickles_and_stops_when_a_process_is_silent() {
    let (mut wd, mut host) = (Wd::new(), FakeHost { dog: dog(60), ..host(ServiceId::Wd) });
    host.map.set("resources.watchdog_device", "/dev/watchdog").unwrap();
    start(&mut host, &mut wd);
    assert_eq!((host.dog.as_ref().unwrap().seconds, host.timers[&0]), (6, 3 * SECOND));
    process(&mut host, &mut wd, "watchdog");
    set(&mut host, &mut wd, &format!("{PROCESS}last_updated"), SECOND / 2);
    run(&mut host, &mut wd, 2 * SECOND - 2);
    assert_eq!(host.log.last().unwrap(), "Fsm:7 event \"config_changed\", state \"stopped\" --> \"running\"");
    run(&mut host, &mut wd, 20 * SECOND);
    let line = "watchdog resource \"7\" failed!";
    assert_eq!(host.log.iter().filter(|found| *found == line).count(), 1);
    assert_eq!(host.log.last().unwrap(), "NOT tickling the watchdog!");
    assert_eq!(host.dog.as_ref().unwrap().kept, 0);
    assert!(host.timers.is_empty());
}

#[test]
fn wd_is_content_with_a_process_that_writes() {
    let (mut wd, mut host) = (Wd::new(), FakeHost { dog: dog(60), ..host(ServiceId::Wd) });
    host.map.set("resources.watchdog_device", "/dev/watchdog").unwrap();
    start(&mut host, &mut wd);
    process(&mut host, &mut wd, "watchdog");
    for second in 1..20 {
        let updated = host.now.max(1);
        set(&mut host, &mut wd, &format!("{PROCESS}last_updated"), updated);
        run(&mut host, &mut wd, second * SECOND);
    }
    assert_eq!(host.dog.as_ref().unwrap().kept, 6);
    wd.stop(&mut host);
    assert!(!host.dog.unwrap().open);
}

#[test]
fn wd_recovers_as_told_and_forgets_deleted_resources() {
    for (recovery, request) in [("reboot", Request::Reboot), ("shutdown", Request::PowerOff)] {
        let (mut wd, mut host) = (Wd::new(), host(ServiceId::Wd));
        start(&mut host, &mut wd);
        process(&mut host, &mut wd, recovery);
        set(&mut host, &mut wd, &format!("{PROCESS}last_updated"), 1u64);
        set(&mut host, &mut wd, &format!("{PROCESS}state"), "failed");
        run(&mut host, &mut wd, SECOND);
        assert_eq!(host.requests, [request]);
        host.map.delete(&format!("{PROCESS}state")).unwrap();
        host.tell(&mut wd);
        assert_eq!(host.log.last().unwrap(), "resource \"7\" deleted from cmap!");
        run(&mut host, &mut wd, 60 * SECOND);
        assert_eq!(host.requests.len(), 1);
    }
}

#[test]
fn wd_checks_a_stopped_resource_without_harm() {
    let (mut wd, mut host) = (Wd::new(), host(ServiceId::Wd));
    start(&mut host, &mut wd);
    process(&mut host, &mut wd, "watchdog");
    host.map.delete(&format!("{PROCESS}recovery")).unwrap();
    host.tell(&mut wd);
    set(&mut host, &mut wd, &format!("{PROCESS}state"), "odd");
    assert_eq!(host.log.last().unwrap(), "Fsm:7 event \"config_changed\", state \"running\" --> \"stopped\"");
    run(&mut host, &mut wd, 60 * SECOND);
    assert!(!host.log.iter().any(|line| line.contains("failed!")));
}

#[test]
fn wd_keeps_its_timeout_in_range() {
    let (mut wd, mut host) = (Wd::new(), FakeHost { dog: dog(30), ..host(ServiceId::Wd) });
    host.map.set("resources.watchdog_device", "/dev/watchdog").unwrap();
    host.map.set("resources.watchdog_timeout", 500u32).unwrap();
    start(&mut host, &mut wd);
    assert_eq!(host.map.u32("resources.watchdog_timeout"), Some(6));
    set(&mut host, &mut wd, "resources.watchdog_timeout", 1u32);
    assert_eq!(host.map.u32("resources.watchdog_timeout"), Some(6));
    set(&mut host, &mut wd, "resources.watchdog_timeout", 100u32);
    assert_eq!(host.log.last().unwrap(), "Could not change the Watchdog timeout from 6 to 100 seconds");
}

#[test]
fn wd_says_why_it_has_no_device() {
    for (device, line) in [
        (None, "Watchdog not enabled by configuration"),
        (Some("off"), "Watchdog disabled by configuration"),
        (Some("/dev/cat"), "No watchdog /dev/cat, try modprobe <a watchdog>"),
    ] {
        let (mut wd, mut host) = (Wd::new(), FakeHost { dog: dog(0), ..host(ServiceId::Wd) });
        if let Some(device) = device {
            host.map.set("resources.watchdog_device", device).unwrap();
        }
        start(&mut host, &mut wd);
        assert!(host.log.iter().any(|found| found == line), "{:?}", host.log);
        assert_eq!(host.log.last().unwrap(), "no resources configured.");
    }
}

#[test]
fn wd_finds_mons_resources_at_the_start() {
    let (mut mon, mut wd, mut host) = (Mon::new(), Wd::new(), host(ServiceId::Mon));
    start(&mut host, &mut mon);
    host.map.set("resources.system.memory_used.recovery", "watchdog").unwrap();
    host.service = ServiceId::Wd;
    start(&mut host, &mut wd);
    assert!(host.log.iter().any(|line| line == "resource load_15min missing a recovery key."));
    assert!(host.log.iter().any(|line| line.starts_with("Fsm:memory_used event")));
    assert_eq!(host.timers[&2], 6 * SECOND);
}

#[test]
fn pload_starts_only_when_told_in_full() {
    let (mut pload, mut host) = (Pload::new(), host(ServiceId::Pload));
    set(&mut host, &mut pload, "pload.count", 5u32);
    set(&mut host, &mut pload, "pload.size", 300u32);
    set(&mut host, &mut pload, "pload.start", "yes");
    assert!(host.sent.is_empty());
    set(
        &mut host,
        &mut pload,
        "pload.start",
        "i_totally_understand_pload_will_crash_my_cluster_and_kill_corosync_on_exit",
    );
    assert_eq!(host.sent[0].1[16..], [5, 0, 0, 0, 44, 1, 0, 0]);
    host.deliver(&mut pload, NodeId(1));
    assert_eq!((host.sent.len(), host.sent[0].0, host.sent[0].1.len()), (5, 1, 300));
    host.now = SECOND;
    host.deliver(&mut pload, NodeId(1));
    assert_eq!(host.requests, [Request::Exit(99)]);
    assert!(host.log[1].starts_with("    5 Writes 300 bytes per write"), "{}", host.log[1]);
}

#[test]
fn pload_goes_on_when_the_ring_has_room_again() {
    let (mut pload, mut host) = (Pload::new(), host(ServiceId::Pload));
    let start = [&[0; 16][..], &5000u32.to_ne_bytes(), &u32::MAX.to_ne_bytes()].concat();
    host.room = 3;
    pload.deliver(&mut host, 0, &start, NodeId(2), false);
    assert_eq!((host.sent.len(), host.sent[0].1.len()), (3, 1024 * 1024));
    host.room = 5;
    run(&mut host, &mut pload, SECOND);
    assert_eq!(host.sent.len(), 5);
    pload.deliver(&mut host, 0, &start[..20], NodeId(2), false);
    pload.deliver(&mut host, 7, &[], NodeId(2), true);
}
