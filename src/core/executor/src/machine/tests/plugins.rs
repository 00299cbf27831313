//! Plugins of Nagios's.

use super::*;

fn world() -> World {
    let mut world = World::new();
    world.connect(ONE, true);
    let resource = "lrmd_rsc_id=\"n\" lrmd_class=\"nagios\" lrmd_type=\"check_ping\"/>";
    assert_eq!(world.request(ONE, "lrmd_rsc_register", "", resource), Some(0));
    world.heard.clear();
    world
}

/// Asks for an action with a parameter; gives the call's number.
fn exec(world: &mut World, action: &str, interval: u32) -> i32 {
    let resource = format!(
        "lrmd_rsc_id=\"n\" lrmd_rsc_action=\"{action}\" lrmd_rsc_interval=\"{interval}\" lrmd_timeout=\"10000\">\
         <attributes hostname=\"h\" CRM_meta_timeout=\"10000\"/></lrmd_rsc>"
    );
    world.request(ONE, "lrmd_rsc_exec", "", &resource).unwrap()
}

fn events(world: &mut World) -> Vec<String> {
    world.told(ONE).into_iter().filter(|told| !told.starts_with("reply")).collect()
}

fn arguments(world: &World) -> Vec<String> {
    world.processes.values().map(|process| process.invocation.arguments.join(" ")).collect()
}

#[test]
fn what_is_there_only_does_not_run() {
    let mut world = world();
    let call = exec(&mut world, "monitor", 0);
    assert_eq!(arguments(&world), ["--version"]);
    world.exit("--version", 0);
    assert_eq!(events(&mut world), [format!("monitor {call} 7 0")]);
    let call = exec(&mut world, "monitor", 0);
    world.exit("--version", 3);
    assert_eq!(events(&mut world), [format!("monitor {call} 1 0")]);
}

#[test]
fn a_monitor_asks_with_the_parameters_and_a_warning_counts_as_degraded() {
    let mut world = world();
    let call = exec(&mut world, "monitor", 1000);
    for (code, as_ocf) in [(0, 0), (1, 190), (2, 1)] {
        assert_eq!(arguments(&world), ["--hostname h"]);
        world.exit("--hostname", code);
        assert_eq!(events(&mut world), [format!("monitor {call} {as_ocf} 0")]);
        world.pass(1000);
    }
}

#[test]
fn a_stop_runs_nothing() {
    let mut world = world();
    let call = exec(&mut world, "stop", 0);
    assert!(world.processes.is_empty());
    assert_eq!(events(&mut world), [format!("stop {call} 0 0")]);
}

#[test]
fn a_start_waits_until_all_is_well() {
    let mut world = world();
    let call = exec(&mut world, "start", 0);
    for elapsed in [0, 1000] {
        world.exit("--hostname", 2);
        assert!(events(&mut world).is_empty() && world.processes.is_empty());
        let line = format!(
            "n start failed 'error' (1): re-scheduling (elapsed={elapsed}ms, remaining={}ms, start_delay=1000ms)",
            10_000 - elapsed
        );
        assert!(world.log.contains(&line), "{:?}", world.log);
        world.pass(999);
        assert!(world.processes.is_empty());
        world.pass(1);
    }
    world.exit("--hostname", 0);
    assert_eq!(events(&mut world), [format!("start {call} 0 0")]);
}

#[test]
fn a_start_whose_time_is_over_is_given_up() {
    let mut world = world();
    let call = exec(&mut world, "start", 0);
    while !world.processes.is_empty() {
        world.exit("--hostname", 1);
        world.pass(1000);
    }
    assert_eq!(events(&mut world), [format!("start {call} 1 2")]);
    assert!(world.log.iter().any(|line| line.starts_with("Giving up on n start (rc=190): timeout (elapsed=")));
    exec(&mut world, "monitor", 0);
    assert_eq!(arguments(&world), ["--version"], "nothing holds it up");
}
