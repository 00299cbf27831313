//! Alert agents.

use super::*;

fn send(world: &mut World, more: &str) -> Option<i32> {
    let text = format!(
        "<lrmd_command lrmd_op=\"lrmd_alert_exec\"><lrmd_calldata><lrmd_alert lrmd_alert_path=\"/a\" {more}>\
         <attributes CRM_alert_kind=\"node\"/></lrmd_alert></lrmd_calldata></lrmd_command>"
    );
    let request = Document::parse(&text, Limits::default()).unwrap();
    world.message += 1;
    world.executor.receive(ONE, world.message, &request, world.now());
    world.carry_out();
    world.told(ONE).pop().map(|reply| reply.trim_start_matches("reply ").parse().unwrap())
}

#[test]
fn an_alert_agent_runs_beside_all_else_as_the_cluster_s_user() {
    let mut world = World::ready();
    world.exec("r", "start", 0, "");
    world.told(ONE);
    assert_eq!(send(&mut world, "lrmd_alert_id=\"a\" lrmd_timeout=\"1000\""), Some(0));
    assert_eq!(send(&mut world, "lrmd_alert_id=\"b\" lrmd_timeout=\"1000\""), Some(0));
    let invocation = &world.processes.values().nth(2).unwrap().invocation;
    assert_eq!((invocation.path.as_str(), invocation.arguments.len(), invocation.privileged), ("/a", 0, false));
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = [
        variable("CRM_alert_kind", "node"),
        variable("CRM_alert_node_sequence", "2"),
        variable("CRM_notify_node_sequence", "2"),
    ];
    assert_eq!(invocation.environment, expected);
    world.exit("", 0);
    world.exit("", 3);
    assert!(world.log.contains(&"Alert [100] completed but exited with status 3 | client=uuid-1".to_owned()));
    assert!(world.told(ONE).is_empty());
    assert_eq!(world.executor.next_timer(), None);
}

#[test]
fn one_that_takes_too_long_is_killed_and_the_end_waits_for_it() {
    let mut world = World::ready();
    send(&mut world, "lrmd_alert_id=\"a\" lrmd_timeout=\"1000\"");
    assert_eq!(world.executor.alerts_to_await(), Some(Duration::from_secs(6)));
    world.pass(1000);
    assert_eq!(world.processes.values().next().unwrap().killed, Some(true));
    world.executor.shut_down(world.now());
    world.carry_out();
    assert!(world.executor.alerts_to_await().is_some());
    world.end("", Ending { signal: Some((9, "Killed".to_owned())), ..Ending::default() });
    let line = "Could not send alert: Timed Out (Alert agent did not complete within 1000ms) | client=uuid-1";
    assert_eq!(world.log.last().map(String::as_str), Some(line));
    assert_eq!(world.executor.alerts_to_await(), None);
}

#[test]
fn an_alert_without_a_name_is_refused() {
    let mut world = World::ready();
    assert_eq!(send(&mut world, ""), Some(-22));
    assert!(world.processes.is_empty());
}
