//! One behaviour a test.

use super::*;

/// What a notification or reply with this in it says.
fn last(world: &World, part: &str) -> String {
    let found = world.heard.iter().rev().find(|(_, text)| text.contains(part));
    found.map_or_else(|| panic!("nothing with {part}"), |(_, text)| text.clone())
}

fn killed(signal: i32, words: &str) -> Ending {
    Ending { signal: Some((signal, words.to_owned())), ..Ending::default() }
}

#[test]
fn a_result_is_told_with_all_that_belongs_to_it() {
    let mut world = World::ready();
    world.pass(500);
    let call = world.exec("r", "start", 0, "lrmd_timeout=\"20000\" lrmd_rsc_userdata_str=\"7:1:0:u\"");
    assert_eq!(world.running(), ["start"]);
    world.pass(1500);
    let stderr = "x\nocf-exit-reason:no disk\n".to_owned();
    world.end("start", Ending { code: Some(5), stderr, stdout: "out".to_owned(), ..Ending::default() });
    let expected = format!(
        "<lrmd_notify lrmd_origin=\"send_cmd_complete_notify\" lrmd_timeout=\"20000\" lrmd_rsc_interval=\"0\" \
         lrmd_rsc_start_delay=\"0\" lrmd_exec_rc=\"5\" lrmd_exec_op_status=\"0\" lrmd_callid=\"{call}\" lrmd_rsc_deleted=\"0\" \
         lrmd_run_time=\"1000010\" lrmd_rcchange_time=\"1000012\" lrmd_exec_time=\"1500\" lrmd_queue_time=\"0\" \
         lrmd_op=\"lrmd_rsc_exec\" lrmd_rsc_id=\"r\" lrmd_rsc_action=\"start\" lrmd_rsc_userdata_str=\"7:1:0:u\" \
         lrmd_rsc_exit_reason=\"no disk\" lrmd_rsc_output=\"x\\nocf-exit-reason:no disk\\n\"><attributes/></lrmd_notify>"
    );
    assert_eq!(last(&world, "lrmd_notify"), expected);
    assert!(
        world.log.contains(&format!(
            "r start (call {call}, PID 100) exited with status 5 (no disk) (execution time 1.500s)"
        ))
    );
}

#[test]
fn operations_of_a_resource_run_one_by_one_and_those_of_others_beside_them() {
    let mut world = World::ready();
    world.register("s");
    world.exec("r", "start", 0, "");
    world.exec("r", "promote", 0, "");
    world.exec("s", "notify", 0, "");
    assert_eq!(world.running(), ["start", "notify"]);
    world.pass(100);
    world.exit("start", 0);
    assert_eq!(world.running(), ["promote", "notify"]);
    world.exit("promote", 0);
    assert_eq!(value(&last(&world, "promote"), "lrmd_queue_time"), "100");
}

#[test]
fn a_delay_holds_up_what_comes_behind_until_it_is_over_or_cancelled() {
    for cancel in [false, true] {
        let mut world = World::ready();
        world.exec("r", "start", 0, "lrmd_rsc_start_delay=\"300\"");
        world.exec("r", "stop", 0, "");
        world.pass(299);
        assert!(world.running().is_empty());
        if cancel {
            assert_eq!(world.cancel("r", "start", 0), 0);
            assert_eq!(world.running(), ["stop"]);
        } else {
            world.pass(1);
            assert_eq!(world.running(), ["start"]);
        }
    }
}

#[test]
fn a_recurring_operation_comes_again_an_interval_after_its_end() {
    let mut world = World::ready();
    world.exec("r", "monitor", 1000, "");
    world.pass(50);
    world.exit("monitor", 0);
    world.pass(999);
    assert!(world.running().is_empty());
    world.pass(1);
    assert_eq!(world.running(), ["monitor"]);
    world.heard.clear();
    world.exit("monitor", 7);
    let notice = last(&world, "lrmd_notify");
    let times = ["lrmd_run_time", "lrmd_exec_time", "lrmd_queue_time", "lrmd_rcchange_time"];
    assert_eq!(times.map(|name| value(&notice, name)), ["0", "0", "0", "1000011"], "{notice}");
    let list = "<lrmd_rsc lrmd_rsc_id=\"r\"><lrmd_rsc_op lrmd_rsc_action=\"monitor\" lrmd_rsc_interval=\"1000\" lrmd_timeout=\"0\"/></lrmd_rsc>";
    world.request(ONE, "lrmd_get_recurring", "", "lrmd_rsc_id=\"r\"/>");
    assert!(last(&world, "lrmd_reply").contains(list));
}

#[test]
fn a_monitor_and_what_was_asked_for_never_run_at_once() {
    let mut world = World::ready();
    world.exec("r", "monitor", 1000, "");
    world.exit("monitor", 0);
    world.pass(1000);
    world.exec("r", "promote", 0, "");
    assert_eq!(world.running(), ["monitor"]);
    world.exit("monitor", 0);
    assert_eq!(world.running(), ["promote"]);
    world.pass(2000);
    assert_eq!(world.running(), ["promote"]);
    world.exit("promote", 0);
    assert_eq!(world.running(), ["monitor"]);
}

#[test]
fn what_waits_pauses_or_runs_can_be_cancelled_if_it_recurs() {
    let mut world = World::ready();
    world.exec("r", "start", 0, "");
    world.exec("r", "monitor", 1000, "");
    assert_eq!(world.cancel("r", "monitor", 1000), 0, "it waits");
    assert_eq!(world.cancel("r", "monitor", 1000), -95);
    assert_eq!(world.cancel("r", "start", 0), -95, "it runs once");
    world.exit("start", 0);
    assert!(world.running().is_empty());
    world.exec("r", "monitor", 1000, "");
    world.exit("monitor", 0);
    world.told(ONE);
    assert_eq!(world.cancel("r", "monitor", 1000), 0, "it pauses");
    assert_eq!(world.told(ONE), ["monitor 8 0 1", "reply 0"]);
    let call = world.exec("r", "monitor", 1000, "");
    world.told(ONE);
    assert_eq!(world.cancel("r", "monitor", 1000), 0, "it runs");
    assert_eq!(world.cancel("r", "monitor", 1000), -95);
    assert_eq!(world.processes.values().next().unwrap().killed, Some(true));
    world.exec("r", "start", 0, "");
    assert_eq!(world.running(), ["monitor"], "a process that is being killed is still there");
    world.told(ONE);
    world.end("monitor", killed(9, "Killed"));
    assert_eq!(world.told(ONE), [format!("monitor {call} 0 1")]);
    assert_eq!(world.running(), ["start"]);
    assert_eq!(world.cancel("x", "monitor", 1000), -19);
}

#[test]
fn the_same_recurring_operation_again_takes_the_place_of_the_first() {
    let mut world = World::ready();
    world.exec("r", "monitor", 1000, "lrmd_rsc_userdata_str=\"a\"");
    world.exit("monitor", 0);
    let call = world.exec("r", "Monitor", 1000, "lrmd_rsc_userdata_str=\"b\"");
    assert_eq!(world.running(), ["monitor"], "at once");
    world.exec("r", "monitor", 2000, "");
    world.exit("monitor", 0);
    let notice = last(&world, "lrmd_rsc_userdata_str=\"b\"");
    assert_eq!(value(&notice, "lrmd_callid"), call.to_string());
    assert_eq!(world.running(), ["monitor"], "another interval is another operation");
}

#[test]
fn a_stop_ends_all_that_recurs() {
    let mut world = World::ready();
    world.exec("r", "monitor", 1000, "");
    world.exit("monitor", 0);
    world.exec("r", "monitor", 2000, "");
    world.told(ONE);
    let call = world.exec("r", "stop", 0, "");
    assert_eq!(world.told(ONE), ["monitor 3 0 1".to_owned(), format!("reply {call}")]);
    world.end("monitor", killed(9, "Killed"));
    assert_eq!(world.running(), ["stop"]);
    world.exit("stop", 0);
    assert_eq!(world.told(ONE), ["monitor 4 0 1".to_owned(), format!("stop {call} 0 0")]);
    world.pass(10_000);
    assert!(world.running().is_empty());
}

#[test]
fn an_agent_that_takes_too_long_is_killed_with_its_group() {
    for (parameters, group) in [("", true), ("<attributes CRM_meta_on_fail=\"block\"/>", false)] {
        let mut world = World::ready();
        let resource =
            format!("lrmd_rsc_id=\"r\" lrmd_rsc_action=\"start\" lrmd_timeout=\"2500\">{parameters}</lrmd_rsc>");
        world.request(ONE, "lrmd_rsc_exec", "", &resource);
        world.pass(2499);
        assert_eq!(world.processes.values().next().unwrap().killed, None);
        world.pass(1);
        assert_eq!(world.processes.values().next().unwrap().killed, Some(group));
        world.pass(5000);
        assert!(world.log.iter().any(|line| line == "r_start_0 process (PID 100) will not die!"));
        world.end("start", killed(9, "Killed"));
        let notice = last(&world, "lrmd_notify");
        assert_eq!((value(&notice, "lrmd_exec_rc"), value(&notice, "lrmd_exec_op_status")), ("1", "2"));
        assert_eq!(value(&notice, "lrmd_rsc_exit_reason"), "Resource agent did not complete within 2.500s");
    }
}

#[test]
fn an_exit_counts_though_the_time_was_over() {
    let mut world = World::ready();
    world.exec("r", "start", 0, "lrmd_timeout=\"100\"");
    world.pass(100);
    world.exit("start", 0);
    let notice = last(&world, "lrmd_notify");
    assert_eq!((value(&notice, "lrmd_exec_rc"), value(&notice, "lrmd_exec_op_status")), ("0", "0"));
}

#[test]
fn a_signal_is_told_in_words() {
    let mut world = World::ready();
    world.exec("r", "start", 0, "");
    world.end("start", killed(11, "Segmentation fault"));
    let notice = last(&world, "lrmd_notify");
    assert_eq!(value(&notice, "lrmd_rsc_exit_reason"), "Resource agent interrupted by Segmentation fault signal");
    assert_eq!((value(&notice, "lrmd_exec_rc"), value(&notice, "lrmd_exec_op_status")), ("1", "4"));
}

#[test]
fn a_resource_that_goes_takes_what_waits_and_recurs_along() {
    let mut world = World::ready();
    world.exec("r", "monitor", 1000, "");
    world.exit("monitor", 0);
    world.exec("r", "start", 0, "");
    world.exec("r", "promote", 0, "");
    world.told(ONE);
    assert_eq!(world.unregister("r"), -115);
    let first = ["promote 5 0 1 deleted", "monitor 3 0 1 deleted", "reply -115", "lrmd_rsc_unregister -115"];
    assert_eq!(world.told(ONE), first);
    assert_eq!(world.unregister("r"), 0);
    assert_eq!(world.exec("r", "stop", 0, ""), -19);
    world.register("r");
    world.exec("r", "stop", 0, "");
    assert_eq!(world.running(), ["start"], "its process counts for a new resource of the name");
    world.told(ONE);
    world.exit("start", 0);
    assert_eq!(world.told(ONE), ["start 4 0 0"], "the name is there");
    assert_eq!(world.running(), ["stop"]);
}

#[test]
fn all_hear_that_a_resource_is_gone_after_what_ran_for_it() {
    let mut world = World::ready();
    world.exec("r", "monitor", 1000, "");
    world.told(ONE);
    assert_eq!(world.unregister("r"), -115);
    assert_eq!(world.told(ONE), ["reply -115"]);
    world.end("monitor", killed(9, "Killed"));
    assert_eq!(world.told(ONE), ["monitor 3 0 1 deleted", "lrmd_rsc_unregister -115"]);
}

#[test]
fn who_hears_of_a_result_is_up_to_who_asked() {
    let mut world = World::ready();
    world.connect(OTHER, true);
    world.executor.connect(ClientId(3), Who { uuid: String::new(), pid: 1, privileged: true });
    world.exec("r", "start", 0, "");
    world.exit("start", 0);
    assert_eq!(world.heard.iter().filter(|(to, _)| *to == ClientId(3)).count(), 0, "it has said nothing yet");
    assert_eq!(world.told(OTHER).last().unwrap(), "start 4 0 0");
    world.exec_as(OTHER, "lrmd_callopt=\"2\"", "r", "start", 0, "");
    world.exit("start", 0);
    assert_eq!(world.heard.iter().filter(|(to, _)| *to == ONE).count(), 0);
    assert_eq!(world.told(OTHER), ["reply 5", "start 5 0 0"]);
    world.exec_as(ONE, "lrmd_callopt=\"4\"", "r", "monitor", 1000, "");
    let mut told = Vec::new();
    for code in [0, 0, 7, 7, 0] {
        world.exit("monitor", code);
        world.pass(1000);
        told.extend(world.told(OTHER));
    }
    assert_eq!(told, ["monitor 6 0 0", "monitor 6 7 0", "monitor 6 0 0"]);
}

#[test]
fn only_the_privileged_may_do_more_than_sign_on_and_poke() {
    let mut world = World::ready();
    world.connect(OTHER, false);
    let resource = "lrmd_rsc_id=\"r\" lrmd_rsc_action=\"start\"/>";
    for operation in [
        "lrmd_rsc_register",
        "lrmd_rsc_info",
        "lrmd_rsc_unregister",
        "lrmd_rsc_exec",
        "lrmd_rsc_cancel",
        "lrmd_get_recurring",
        "lrmd_alert_exec",
        "ipc_fwd",
    ] {
        assert_eq!(world.request(OTHER, operation, "", resource), Some(-13), "{operation}");
    }
    assert_eq!(world.request(OTHER, "lrmd_check", "", resource), None);
    assert_eq!(world.request(OTHER, "lrmd_rsc_poke", "", ""), Some(0));
    assert_eq!(world.told(ONE).last().unwrap(), "lrmd_rsc_poke 0");
    assert!(world.running().is_empty());
}

#[test]
fn versions_are_negotiated_and_proxies_refused() {
    let mut world = World::ready();
    for (attributes, code) in [
        ("", -71),
        ("lrmd_protocol_version=\"0.9\"", -71),
        ("lrmd_protocol_version=\"1.0\"", 0),
        ("lrmd_protocol_version=\"2\"", 0),
        ("lrmd_protocol_version=\"1.1\" lrmd_is_ipc_provider=\"true\"", -93),
    ] {
        assert_eq!(world.request(ONE, "register", attributes, ""), Some(code), "{attributes}");
    }
    let reply = last(&world, "lrmd_reply");
    assert_eq!(
        ["lrmd_op", "lrmd_clientid", "lrmd_protocol_version"].map(|name| value(&reply, name)),
        ["register", "uuid-1", "1.1"]
    );
    assert_eq!(world.request(ONE, "nonsense", "", ""), Some(-95));
}

#[test]
fn recurring_operations_end_with_their_client_where_the_resource_says_so() {
    let mut world = World::ready();
    world.connect(OTHER, true);
    let resource = "lrmd_rsc_id=\"s\" lrmd_class=\"ocf\" lrmd_provider=\"p\" lrmd_type=\"Agent\"/>";
    world.request(ONE, "lrmd_rsc_register", "lrmd_callopt=\"3\"", resource);
    for name in ["r", "s"] {
        world.exec_as(OTHER, "", name, "monitor", 1000, "");
        world.exit("monitor", 0);
        world.exec_as(ONE, "", name, "monitor", 2000, "");
        world.exit("monitor", 0);
    }
    world.told(ONE);
    world.executor.disconnect(OTHER, world.now());
    world.carry_out();
    assert_eq!(world.told(ONE), ["monitor 7 0 1"]);
    world.pass(2000);
    assert_eq!(world.running().len(), 2, "{:?}", world.processes);
}

#[test]
fn an_agent_that_is_missing_fails_and_does_not_recur() {
    let mut world = World::ready();
    let resource = "lrmd_rsc_id=\"m\" lrmd_class=\"ocf\" lrmd_provider=\"p\" lrmd_type=\"Missing\"/>";
    world.request(ONE, "lrmd_rsc_register", "", resource);
    world.told(ONE);
    let call = world.exec("m", "monitor", 1000, "");
    let notice = last(&world, "lrmd_notify");
    assert_eq!(value(&notice, "lrmd_rsc_exit_reason"), "Missing: No such file or directory");
    assert_eq!(world.told(ONE), [format!("reply {call}"), format!("monitor {call} 5 7")]);
    assert_eq!(world.executor.next_timer(), None);
    assert_eq!(world.cancel("m", "monitor", 1000), -95);
    world.exec("m", "start", 0, "");
    assert_eq!(world.told(ONE).last().unwrap(), "start 6 5 7");
    let script = "lrmd_rsc_id=\"l\" lrmd_class=\"lsb\" lrmd_type=\"Missing\"/>";
    world.request(ONE, "lrmd_rsc_register", "", script);
    world.exec("l", "monitor", 1000, "");
    let notice = last(&world, "lrmd_exec_rc");
    assert_eq!(value(&notice, "lrmd_rsc_exit_reason"), "/etc/init.d/Missing: No such file or directory");
    assert_eq!(world.told(ONE).last().unwrap(), "monitor 8 5 7");
    world.pass(1000);
    assert_eq!(world.told(ONE), ["monitor 8 5 7"], "a script is looked for again");
}

#[test]
fn registrations_are_kept_and_told() {
    let mut world = World::ready();
    world.register("r");
    assert!(world.log.contains(&"Ignoring duplicate registration of 'r'".to_owned()));
    world.request(ONE, "lrmd_rsc_info", "", "lrmd_rsc_id=\"r\"/>");
    let names = ["lrmd_rsc_id", "lrmd_class", "lrmd_provider", "lrmd_type"];
    assert_eq!(names.map(|name| value(&last(&world, "get_rsc_info"), name).to_owned()), ["r", "ocf", "p", "Agent"]);
    assert_eq!(world.request(ONE, "lrmd_rsc_info", "", "lrmd_rsc_id=\"x\"/>"), Some(-19));
    assert_eq!(world.request(ONE, "lrmd_rsc_register", "", ""), Some(-22));
    assert_eq!(world.request(ONE, "lrmd_rsc_exec", "", ""), Some(-22));
    assert_eq!(world.request(ONE, "lrmd_rsc_unregister", "", ""), Some(-19));
}

#[test]
fn at_the_end_what_recurs_is_killed_and_what_runs_once_runs_on() {
    let mut world = World::ready();
    world.register("s");
    world.exec("r", "monitor", 1000, "");
    world.exec("s", "start", 0, "");
    world.exec("s", "promote", 0, "");
    world.heard.clear();
    world.executor.shut_down(world.now());
    world.carry_out();
    let killed: Vec<(&str, Option<bool>)> =
        world.processes.values().map(|process| (process.action(), process.killed)).collect();
    assert_eq!(killed, [("monitor", Some(true)), ("start", None)]);
    assert!(world.heard.is_empty());
}

#[test]
fn an_agent_cannot_fill_the_log() {
    let mut world = World::ready();
    world.exec("r", "start", 0, "");
    let stderr = format!("{}\n", "é".repeat(10_000)).repeat(2000);
    world.end("start", Ending { code: Some(0), stderr, ..Ending::default() });
    let lines: Vec<&String> = world.log.iter().filter(|line| line.contains("error output")).collect();
    assert_eq!((lines.len(), lines[0].chars().count() < 700), (1000, true));
}
