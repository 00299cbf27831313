//! One seed: a phase of faults, a phase without, and the verdict.

use super::check::{Broken, Counts};
use super::cluster::Cluster;
use super::mutation::Mutation;
use super::plan::{Plan, SECOND};
use super::report::Violation;
use core_types::Nanos;

/// With one way cut, rings that each host may enter while [`Plan::settle`] lasts, at most: it may try again now and then.
const CHANGES_MAX: usize = 12;
/// After this without clients nothing is on its way any more.
const QUIET: Nanos = 5 * SECOND;

/// What came of a run: the same for the same seed, to the last bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What was judged.
    pub counts: Counts,
    /// Every frame's arrival.
    pub digest: u64,
    /// Virtual time from the last fault until all was settled.
    pub settled: Nanos,
}

/// Runs a plan.
pub fn run(plan: Plan, mutation: Option<Mutation>, trace: bool) -> Result<Outcome, Box<Violation>> {
    let mut cluster = Cluster::new(plan, mutation, trace);
    match phases(&mut cluster) {
        Ok(settled) => Ok(Outcome { counts: cluster.judge.counts(), digest: cluster.digest(), settled }),
        Err(broken) => Err(Box::new(cluster.history.report(&cluster.plan, cluster.moment, broken))),
    }
}

/// Runs a seed twice; both times the same must come of it.
pub fn run_twice(seed: u64) -> Result<Outcome, Box<Violation>> {
    let first = run(Plan::new(seed), None, false)?;
    let second = run(Plan::new(seed), None, false)?;
    if first == second {
        return Ok(first);
    }
    let cluster = Cluster::new(Plan::new(seed), None, false);
    let text = format!("the seed runs differently the second time: {first:?}, {second:?}");
    let broken = vec![Broken { rule: "determinism", text }];
    Err(Box::new(cluster.history.report(&cluster.plan, cluster.moment, broken)))
}

fn phases(cluster: &mut Cluster) -> Result<Nanos, Vec<Broken>> {
    let one = |broken| vec![broken];
    cluster.start_all().map_err(one)?;
    cluster.faulty = true;
    cluster.next_act = cluster.moment.now;
    let end = cluster.moment.now + cluster.plan.faults;
    cluster.run_until(end).map_err(one)?;
    cluster.calm().map_err(one)?;
    let calm = cluster.moment.now;
    if cluster.plan.one_way {
        few_changes(cluster).map_err(one)?;
    }
    settle(cluster).map_err(one)?;
    let settled = cluster.moment.now - calm;
    cluster.next_act = Nanos::MAX;
    quiet(cluster).map_err(one)?;
    let broken = cluster.judge.finish(!cluster.plan.one_way);
    if broken.is_empty() { Ok(settled) } else { Err(broken) }
}

/// With one way cut there may be more than one ring, but they must not change all the time.
fn few_changes(cluster: &mut Cluster) -> Result<(), Broken> {
    cluster.run_until(cluster.moment.now + cluster.plan.settle)?;
    let before = cluster.judge.counts().rings;
    cluster.run_until(cluster.moment.now + cluster.plan.settle)?;
    let changes = cluster.judge.counts().rings - before;
    if changes > CHANGES_MAX * cluster.plan.hosts {
        let seconds = cluster.plan.settle / SECOND;
        return Err(Broken { rule: "T12", text: format!("{changes} rings in {seconds} s, one way cut") });
    }
    Ok(())
}

/// All hosts are settled in bounded time.
fn settle(cluster: &mut Cluster) -> Result<(), Broken> {
    let bound = cluster.moment.now + cluster.plan.settle;
    // Who slept or lost the token still has to notice.
    if !cluster.plan.one_way {
        cluster.run_until(cluster.moment.now + 2 * SECOND)?;
    }
    loop {
        match cluster.judge.unsettled(!cluster.plan.one_way) {
            None => return Ok(()),
            Some(broken) if cluster.moment.now >= bound => return Err(broken),
            Some(_) => cluster.run_until(cluster.moment.now + SECOND / 4)?,
        }
    }
}

/// Nothing is sent any more: what was taken comes back, and the configuration lasts.
fn quiet(cluster: &mut Cluster) -> Result<(), Broken> {
    cluster.run_until(cluster.moment.now + QUIET)?;
    let bound = cluster.moment.now + cluster.plan.settle;
    let done =
        |cluster: &Cluster| cluster.judge.all_delivered() && cluster.judge.unsettled(!cluster.plan.one_way).is_none();
    if !cluster.plan.one_way
        && let Some(broken) = cluster.judge.unsettled(true)
    {
        return Err(broken);
    }
    while cluster.plan.one_way && !done(cluster) && cluster.moment.now < bound {
        cluster.run_until(cluster.moment.now + SECOND / 4)?;
    }
    cluster.idle_memory()
}
