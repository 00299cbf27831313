//! Whatever happens to the nodes: at most one partition is quorate, and who waits for all does.

#[allow(dead_code, reason = "shared by several tests")]
mod fake;

use fake::{Cluster, Config};
use proptest::prelude::*;

const FIVE: &[(u32, u32)] = &[(1, 1), (2, 1), (3, 1), (4, 1), (5, 1)];
const SIX: &[(u32, u32)] = &[(1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1)];

/// Moves a node to a partition, ends it, or starts it again in that partition.
fn step(cluster: &mut Cluster, (node, partition, restart): (u32, u32, bool)) {
    match (cluster.nodes.contains_key(&node), restart) {
        (true, false) => cluster.split(partition, &[node]),
        (true, true) => cluster.down(node),
        (false, _) => cluster.up(node, partition),
    }
}

fn quorate_partitions(cluster: &Cluster) -> Vec<u32> {
    let quorate = cluster.quorate();
    let mut partitions: Vec<u32> = quorate.iter().map(|id| cluster.nodes[id].partition).collect();
    partitions.dedup();
    partitions.sort_unstable();
    partitions.dedup();
    partitions
}

fn at_most_one(config: Config, steps: &[(u32, u32, bool)]) {
    let mut cluster = Cluster::new(config, true);
    for &at in steps {
        step(&mut cluster, at);
        let partitions = quorate_partitions(&cluster);
        assert!(partitions.len() <= 1, "after {at:?} of {steps:?}: {:#?}", cluster.show());
        for partition in partitions {
            let members = cluster.members(partition).len();
            let quorate = cluster.quorate().len();
            assert_eq!(members, quorate, "all of a partition agree: {:#?}", cluster.show());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_majority_of_five(steps in prop::collection::vec((1..=5u32, 0..3u32, prop::bool::weighted(0.2)), 1..40)) {
        at_most_one(Config { nodes: FIVE, quorum: &[] }, &steps);
    }

    #[test]
    fn one_majority_of_six(steps in prop::collection::vec((1..=6u32, 0..3u32, prop::bool::weighted(0.2)), 1..40)) {
        at_most_one(Config { nodes: SIX, quorum: &[] }, &steps);
    }

    #[test]
    fn who_starts_alone_waits_for_all(nodes in prop::sample::subsequence(vec![2, 3, 4, 5], 0..=3)) {
        let mut cluster = Cluster::new(Config { nodes: FIVE, quorum: &[("wait_for_all", "1")] }, true);
        for id in 1..=5 {
            cluster.down(id);
        }
        cluster.up(1, 0);
        for id in nodes {
            cluster.up(id, 0);
            prop_assert_eq!(cluster.quorate(), [] as [u32; 0]);
        }
    }
}
