//! Totem and sync under faults, seed by seed. A seed that fails prints itself; to watch it:
//! `SIM_SEED=123 SIM_NODES=4 cargo test -p testkit --test sim -- --nocapture one_seed`.

use core_types::MILLIS;
use testkit::sim::{Plan, run};

/// How many seeds for each number of nodes.
const SEEDS: u64 = 40;

fn plan(seed: u64, nodes: usize) -> Plan {
    Plan { seed, nodes, faults: 15_000 * MILLIS, one_way: false, trace: false }
}

fn seeds(nodes: usize) {
    let (mut sent, mut delivered) = (0, 0);
    let mut broken = Vec::new();
    for seed in 0..SEEDS {
        match run(plan(1000 * nodes as u64 + seed, nodes)) {
            Ok(counts) => {
                sent += counts.0;
                delivered += counts.1;
            }
            Err(why) => broken.push(why),
        }
    }
    assert!(broken.is_empty(), "{} of {SEEDS} seeds broke:\n{}", broken.len(), broken.join("\n"));
    assert!(sent > 100 * SEEDS as usize && delivered >= sent / 2, "the runs show little: {sent} sent, {delivered} got");
}

macro_rules! clusters {
    ($($name:ident: $nodes:expr),*) => { $(#[test] fn $name() { seeds($nodes); })* };
}

clusters!(one_node: 1, two_nodes: 2, three_nodes: 3, four_nodes: 4, five_nodes: 5, eight_nodes: 8);

/// Frames pass from the last node to the first, never back.
#[test]
fn one_way_cut_for_good() {
    let one_way = |seed| Plan { one_way: true, ..plan(seed, 2 + seed as usize % 4) };
    let broken: Vec<_> = (0..SEEDS).filter_map(|seed| run(one_way(seed)).err()).collect();
    assert!(broken.is_empty(), "{} of {SEEDS} seeds broke:\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn a_seed_replays_exactly() {
    let plan = plan(4711, 4);
    assert_eq!(run(plan), run(plan));
}

#[test]
fn one_seed() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let Some(seed) = number("SIM_SEED") else {
        println!("skipped: SIM_SEED names no seed");
        return;
    };
    let nodes = number("SIM_NODES").unwrap_or(3) as usize;
    println!("{:?}", run(Plan { trace: true, ..plan(seed, nodes) }).expect("the seed holds"));
}
