//! Random sessions, and what must hold in all of them.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Register(u8),
    Unregister(u8),
    Execute { resource: u8, action: u8, interval: u32, delay: u32, timeout: u32, options: u8 },
    Cancel { resource: u8, action: u8, interval: u32 },
    End { which: usize, code: i32, signalled: bool },
    Pass(u64),
    Reconnect,
}

const ACTIONS: [&str; 5] = ["start", "stop", "monitor", "monitor", "promote"];

fn step() -> impl Strategy<Value = Step> {
    let interval = prop_oneof![2 => Just(0u32), 1 => Just(1000), 1 => Just(2500)];
    let delay = prop_oneof![4 => Just(0u32), 1 => Just(700)];
    let timeout = prop_oneof![Just(0u32), Just(400), Just(3000)];
    prop_oneof![
        2 => (0..3u8).prop_map(Step::Register),
        1 => (0..3u8).prop_map(Step::Unregister),
        8 => (0..3u8, 0..5u8, interval.clone(), delay, timeout, 0..8u8).prop_map(
            |(resource, action, interval, delay, timeout, options)| Step::Execute { resource, action, interval, delay, timeout, options }
        ),
        3 => (0..3u8, 0..5u8, interval).prop_map(|(resource, action, interval)| Step::Cancel { resource, action, interval }),
        8 => (any::<usize>(), 0..10i32, any::<bool>()).prop_map(|(which, code, signalled)| Step::End { which, code, signalled }),
        4 => (1..3000u64).prop_map(Step::Pass),
        1 => Just(Step::Reconnect),
    ]
}

/// What is expected of calls that were accepted.
#[derive(Default)]
struct Calls {
    /// Of operations that run once: how often each was told of.
    once: BTreeMap<i32, usize>,
    cancelled: usize,
}

fn name(resource: u8) -> String {
    format!("r{resource}")
}

fn end_one(world: &mut World, which: usize, code: i32, signalled: bool) {
    let Some(index) = which.checked_rem(world.processes.len()) else { return };
    let (id, process) = world.processes.iter().nth(index).map(|(id, process)| (*id, process.clone())).unwrap();
    let ending = if process.killed.is_some() || signalled {
        Ending { signal: Some((9, "Killed".to_owned())), ..Ending::default() }
    } else {
        Ending { code: Some(code), ..Ending::default() }
    };
    world.end_process(id, ending);
}

fn do_step(world: &mut World, step: &Step, calls: &mut Calls) {
    match step {
        Step::Register(resource) => world.register(&name(*resource)),
        Step::Unregister(resource) => drop(world.unregister(&name(*resource))),
        Step::Execute { resource, action, interval, delay, timeout, options } => {
            let action = ACTIONS[usize::from(*action)];
            let more = format!("lrmd_rsc_start_delay=\"{delay}\" lrmd_timeout=\"{timeout}\"");
            let call =
                world.exec_as(ONE, &format!("lrmd_callopt=\"{options}\""), &name(*resource), action, *interval, &more);
            if call > 0 && *interval == 0 {
                calls.once.insert(call, 0);
            }
        }
        Step::Cancel { resource, action, interval } => {
            let cancelled = world.cancel(&name(*resource), ACTIONS[usize::from(*action)], *interval);
            calls.cancelled += usize::from(cancelled == 0);
        }
        Step::End { which, code, signalled } => end_one(world, *which, *code, *signalled),
        Step::Pass(millis) => world.pass(*millis),
        Step::Reconnect => {
            world.executor.disconnect(OTHER, world.now());
            world.carry_out();
            world.connect(OTHER, true);
        }
    }
}

fn check(world: &mut World, calls: &mut Calls) {
    let mut names: Vec<String> = world
        .processes
        .values()
        .map(|process| {
            let variables = &process.invocation.environment;
            variables.iter().find(|(name, _)| name == "OCF_RESOURCE_INSTANCE").unwrap().1.clone()
        })
        .collect();
    names.sort();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all, "two processes of one resource");
    for (to, text) in world.heard.drain(..) {
        if to == ONE && value(&text, "lrmd_op") == "lrmd_rsc_exec" {
            let call = value(&text, "lrmd_callid").parse().unwrap();
            if let Some(count) = calls.once.get_mut(&call) {
                *count += 1;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_is_told_once_and_leaves_nothing(steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::new();
        let mut calls = Calls::default();
        world.connect(ONE, true);
        world.connect(OTHER, true);
        for step in &steps {
            do_step(&mut world, step, &mut calls);
            check(&mut world, &mut calls);
        }
        for resource in 0..3 {
            world.unregister(&name(resource));
        }
        while !world.processes.is_empty() {
            end_one(&mut world, 0, 0, false);
            check(&mut world, &mut calls);
        }
        check(&mut world, &mut calls);
        for (call, count) in &calls.once {
            prop_assert_eq!(*count, 1, "call {}", call);
        }
        prop_assert!(world.executor.operations.is_empty() && world.executor.lanes.is_empty());
        prop_assert!(world.executor.timers.is_empty() && world.executor.resources.is_empty());
    }

    /// Operations that run once start in the order in which they were asked for.
    #[test]
    fn one_resource_has_one_order(steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::new();
        let mut calls = Calls::default();
        world.connect(ONE, true);
        (0..3).for_each(|resource| world.register(&name(resource)));
        let mut last: BTreeMap<String, i32> = BTreeMap::new();
        for step in steps.iter().filter(|step| !matches!(step, Step::Unregister(_))) {
            world.log.clear();
            do_step(&mut world, step, &mut calls);
            for line in world.log.iter().filter_map(|line| line.strip_prefix("executing - rsc:")) {
                let (resource, rest) = line.split_once(" action:").unwrap();
                let call: i32 = rest.split_once(" call_id:").unwrap().1.parse().unwrap();
                // one that was merged with a later one has its number
                if calls.once.contains_key(&call) {
                    prop_assert!(last.insert(resource.to_owned(), call).is_none_or(|before| before < call));
                }
            }
        }
    }
}
