//! Units, with a systemd that answers when told to.

use super::*;
use core_agents::{Class, Override, UnitAnswer, UnitCall};

fn world(class: &str) -> World {
    let mut world = World::new();
    world.connect(ONE, true);
    let resource = format!("lrmd_rsc_id=\"u\" lrmd_class=\"{class}\" lrmd_type=\"web\"/>");
    assert_eq!(world.request(ONE, "lrmd_rsc_register", "", &resource), Some(0));
    world.heard.clear();
    world
}

/// Answers the oldest question; gives what it was.
fn answer(world: &mut World, answer: UnitAnswer) -> (Option<Override>, UnitCall) {
    let (id, question) = world.questions.remove(0);
    assert_eq!(question.unit, "web");
    world.executor.answered(id, Ok(answer), world.now());
    world.carry_out();
    (question.change, question.call)
}

fn loaded(world: &mut World) {
    let asked = answer(world, UnitAnswer::Path("/u".to_owned()));
    assert_eq!(asked, (None, UnitCall::Load("web.service".to_owned())));
}

/// A start or stop begins.
fn begun(world: &mut World, asked: (Option<Override>, UnitCall)) {
    loaded(world);
    assert_eq!(answer(world, UnitAnswer::Path("/job".to_owned())), asked);
}

/// A look at the unit.
fn seen(world: &mut World, state: &str) {
    loaded(world);
    let asked = answer(world, UnitAnswer::Text(state.to_owned()));
    assert_eq!(asked, (None, UnitCall::Property("/u".to_owned(), "ActiveState")));
}

fn start() -> (Option<Override>, UnitCall) {
    (Some(Override::Write), UnitCall::Start("web.service".to_owned()))
}

fn stop() -> (Option<Override>, UnitCall) {
    (Some(Override::Remove), UnitCall::Stop("web.service".to_owned()))
}

const TIME: &str = "lrmd_timeout=\"10000\"";

#[test]
fn a_start_is_looked_after_until_the_unit_is_active() {
    let mut world = world("systemd");
    world.exec("u", "start", 0, TIME);
    begun(&mut world, start());
    for state in ["activating", "active"] {
        assert!(world.questions.is_empty());
        world.pass(1000);
        seen(&mut world, state);
    }
    assert_eq!(world.told(ONE).last().unwrap(), "start 3 0 0");
    assert!(world.log.iter().any(|line| line.contains("u systemd start is now complete (elapsed=2000ms")));
    // how it failed, where it isn't active in the end
    world.exec("u", "start", 0, TIME);
    begun(&mut world, start());
    world.pass(1000);
    seen(&mut world, "failed");
    assert_eq!(world.told(ONE).last().unwrap(), "start 4 1 0");
    assert!(world.executor.next_timer().is_none() && world.executor.operations.is_empty());
}

#[test]
fn a_stop_is_done_when_the_unit_is_not_active_any_more() {
    let mut world = world("systemd");
    world.exec("u", "stop", 0, TIME);
    begun(&mut world, stop());
    for state in ["active", "deactivating", "inactive"] {
        world.pass(1000);
        seen(&mut world, state);
    }
    assert_eq!(world.told(ONE).last().unwrap(), "stop 3 0 0");
}

#[test]
fn what_waits_has_its_turn_between_two_looks() {
    let mut world = world("systemd");
    world.exec("u", "start", 0, TIME);
    world.exec("u", "monitor", 0, TIME);
    begun(&mut world, start());
    seen(&mut world, "activating");
    assert_eq!(world.told(ONE).last().unwrap(), "monitor 4 193 -1");
    world.pass(1000);
    seen(&mut world, "active");
    assert_eq!(world.told(ONE).last().unwrap(), "start 3 0 0");
}

#[test]
fn a_start_without_an_end_is_given_up_in_its_time() {
    let mut world = world("systemd");
    world.exec("u", "start", 0, TIME);
    begun(&mut world, start());
    let mut looks = 0;
    while !world.executor.operations.is_empty() {
        world.pass(100);
        if !world.questions.is_empty() {
            seen(&mut world, "activating");
            looks += 1;
        }
    }
    assert!(world.millis < 10_000 + 10_100 && looks > 8, "{} {looks}", world.millis);
    assert_eq!(world.told(ONE).last().unwrap(), "start 3 1 2");
}

#[test]
fn systemd_may_say_nothing() {
    let mut world = world("systemd");
    world.exec("u", "monitor", 0, TIME);
    loaded(&mut world);
    world.pass(14_999);
    assert_eq!(world.questions.len(), 1);
    world.pass(1);
    assert!(world.questions.is_empty());
    assert_eq!(world.told(ONE).last().unwrap(), "monitor 3 1 2");
}

#[test]
fn a_recurring_look_is_repeated_and_cancelled() {
    let mut world = world("systemd");
    world.exec("u", "monitor", 5000, TIME);
    seen(&mut world, "active");
    world.pass(5000);
    seen(&mut world, "inactive");
    world.pass(5000);
    loaded(&mut world);
    assert_eq!(world.cancel("u", "monitor", 5000), 0);
    assert!(world.questions.is_empty() && world.executor.operations.is_empty() && world.executor.lanes.is_empty());
    let told: Vec<String> = world.told(ONE).into_iter().filter(|line| line.starts_with("monitor")).collect();
    assert_eq!(told, ["monitor 3 0 0", "monitor 3 7 0", "monitor 3 193 1"]);
}

#[test]
fn a_service_is_what_there_is() {
    let find = |class: Option<Class>| {
        let mut world = world("service");
        world.exec("u", "start", 0, TIME);
        let (id, kind) = world.sought.pop().unwrap();
        assert_eq!(kind, "web");
        world.executor.found(id, class, world.now());
        world.carry_out();
        (world.running().len(), world.questions.len())
    };
    assert_eq!(find(Some(Class::Lsb)), (1, 0));
    assert_eq!(find(None), (1, 0));
    assert_eq!(find(Some(Class::Systemd)), (0, 1));
}

#[test]
fn a_unit_whose_resource_goes_ends_as_it_is() {
    let mut world = world("systemd");
    world.exec("u", "start", 0, TIME);
    loaded(&mut world);
    world.unregister("u");
    assert_eq!(answer(&mut world, UnitAnswer::Path("/job".to_owned())), start());
    assert_eq!(world.told(ONE).last().unwrap(), "start 3 0 0 deleted");
    assert!(world.executor.operations.is_empty() && world.executor.lanes.is_empty());
}
