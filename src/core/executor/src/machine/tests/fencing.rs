//! Fence devices, with a fencer that answers when told to.

use super::*;

fn device() -> World {
    let mut world = World::new();
    world.connect(ONE, true);
    let resource = "lrmd_rsc_id=\"f\" lrmd_class=\"stonith\" lrmd_type=\"fence_x\"/>";
    assert_eq!(world.request(ONE, "lrmd_rsc_register", "", resource), Some(0));
    world.told(ONE);
    world
}

/// Answers what was asked first.
fn answer(world: &mut World, code: i32, status: i32) {
    let (id, _) = world.asked.remove(0);
    let reason = (code != 0).then(|| "why".to_owned());
    world.executor.fenced(id, FenceAnswer { code, status, reason }, world.now());
    world.carry_out();
}

fn start(world: &mut World) {
    world.exec("f", "start", 0, "lrmd_timeout=\"20000\"");
    let parameters = BTreeMap::new();
    let register = FenceRequest::Register { id: "f".into(), provider: None, agent: "fence_x".into(), parameters };
    assert_eq!(world.asked[0].1, register);
    answer(world, 0, 0);
    assert_eq!(world.asked[0].1, FenceRequest::Monitor { id: "f".into(), seconds: 20 });
    world.told(ONE);
    answer(world, 0, 0);
}

#[test]
fn a_device_is_started_once_it_is_known_and_works() {
    let mut world = device();
    let probe = |world: &mut World| {
        world.exec("f", "monitor", 0, "");
        world.told(ONE).remove(1).split_once(' ').unwrap().1.split_once(' ').unwrap().1.to_owned()
    };
    assert_eq!(probe(&mut world), "7 4");
    start(&mut world);
    assert_eq!(world.told(ONE), ["start 4 0 0"]);
    assert_eq!(probe(&mut world), "0 0");
    world.exec("f", "stop", 0, "");
    assert_eq!(world.asked[0].1, FenceRequest::Remove { id: "f".into() });
    answer(&mut world, 0, 0);
    assert_eq!(world.told(ONE), ["reply 6", "stop 6 0 0"]);
    assert_eq!(probe(&mut world), "7 4");
    assert!(world.processes.is_empty());
}

#[test]
fn answers_are_told_in_terms_of_resources() {
    for (step, code, status, told) in [
        (0, 1, 10, "5 4"),
        (0, 1, 8, "1 4"),
        (1, 1, 2, "1 2"),
        (1, 1, 3, "3 3"),
        (1, 5, 7, "1 7"),
        (1, 1, 10, "5 4"),
        (1, 1, 11, "1 11"),
        (1, 1, 99, "1 4"),
    ] {
        let mut world = device();
        world.exec("f", "start", 0, "");
        if step == 1 {
            answer(&mut world, 0, 0);
        }
        answer(&mut world, code, status);
        assert_eq!(world.told(ONE).last().unwrap(), &format!("start 3 {told}"));
    }
    let mut world = device();
    world.exec("f", "promote", 0, "");
    assert_eq!(world.told(ONE).last().unwrap(), "promote 3 1 4");
}

#[test]
fn monitors_recur_in_the_order_of_their_device() {
    let mut world = device();
    world.exec("f", "monitor", 1000, "");
    answer(&mut world, 0, 0);
    world.exec("f", "start", 0, "");
    world.pass(1500);
    assert_eq!(world.asked.len(), 1, "it waits for the start");
    answer(&mut world, 0, 0);
    answer(&mut world, 0, 0);
    assert_eq!(world.asked[0].1, FenceRequest::Monitor { id: "f".into(), seconds: 0 });
    world.told(ONE);
    assert_eq!(world.cancel("f", "monitor", 1000), 0);
    assert_eq!(world.told(ONE), ["reply 0"], "the fencer is at it");
    answer(&mut world, 0, 0);
    assert_eq!(world.told(ONE), ["monitor 3 0 1"]);
    world.pass(5000);
    assert!(world.asked.is_empty());
    world.exec("f", "monitor", 1000, "");
    answer(&mut world, 0, 0);
    world.told(ONE);
    assert_eq!(world.cancel("f", "monitor", 1000), 0);
    assert_eq!(world.told(ONE), ["monitor 6 0 1", "reply 0"]);
}

#[test]
fn without_a_fencer_all_of_it_fails_until_the_device_is_started_again() {
    let mut world = device();
    start(&mut world);
    world.exec("f", "monitor", 1000, "");
    world.exec("f", "stop", 0, "");
    world.exec("f", "start", 0, "");
    world.told(ONE);
    world.executor.fencer_lost(world.now());
    world.carry_out();
    // a stop cancels what recurs, here while the fencer is at it
    assert_eq!(world.told(ONE), ["monitor 4 1 1", "stop 5 1 4", "start 6 1 4"]);
    world.asked.clear();
    world.exec("f", "monitor", 0, "");
    assert_eq!(world.told(ONE).last().unwrap(), "monitor 7 1 4");
    world.exec("f", "monitor", 1000, "");
    answer(&mut world, 0, 0);
    world.executor.fencer_lost(world.now());
    world.carry_out();
    assert_eq!(world.told(ONE).last().unwrap(), "monitor 8 1 4");
    world.pass(1000);
    assert_eq!(world.asked.len(), 1, "it recurs");
    world.unregister("f");
    answer(&mut world, 0, 0);
    assert!(world.executor.operations.is_empty());
}
