//! How messages and time grow with the ring: to form it, and to form it again after a partition.

use super::check::Broken;
use super::cluster::Cluster;
use super::plan::{Plan, SECOND};
use core_types::{MILLIS, Nanos};

/// Rings that are measured, in hosts.
pub const SIZES: [usize; 5] = [2, 4, 8, 16, 32];
/// How finely it is looked whether the ring is there.
const STEP: Nanos = MILLIS;

/// What it takes until one ring is there and in sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Virtual time.
    pub time: Nanos,
    /// Frames that arrived somewhere.
    pub frames: u64,
}

/// The costs of a ring of `hosts`: when all start at once, and when halves that formed rings of their own meet again.
/// `default_timers`: corosync's own, else the short ones of the simulation.
pub fn measure(hosts: usize, default_timers: bool) -> Result<(Cost, Cost), Broken> {
    let mut cluster = Cluster::new(Plan { default_timers, ..Plan::calm(1, hosts) }, None, false);
    cluster.start_all()?;
    let form = until_one(&mut cluster, true)?;
    cluster.run_until(cluster.moment.now + 5 * SECOND)?;
    cluster.split((1 << (hosts / 2)) - 1);
    until_one(&mut cluster, false)?;
    cluster.run_until(cluster.moment.now + 5 * SECOND)?;
    cluster.split(0);
    let again = until_one(&mut cluster, true)?;
    Ok((form, again))
}

/// What it takes until those who are left have their ring, when one of `hosts` is stopped in order; corosync's own timers.
pub fn stop_one(hosts: usize) -> Result<Cost, Broken> {
    let mut cluster = Cluster::new(Plan { default_timers: true, ..Plan::calm(1, hosts) }, None, false);
    cluster.start_all()?;
    until_one(&mut cluster, true)?;
    cluster.run_until(cluster.moment.now + 5 * SECOND)?;
    cluster.stop(hosts - 1)?;
    until(&mut cluster, |cluster| {
        let rings = cluster.judge.view.stable_rings();
        let left = rings.iter().any(|(_, members)| members.len() == hosts - 1);
        if left { Ok(()) } else { Err(Broken { rule: "T12", text: format!("rings: {rings:?}") }) }
    })
}

fn until_one(cluster: &mut Cluster, one: bool) -> Result<Cost, Broken> {
    let halves = |cluster: &Cluster| cluster.judge.view.stable_rings().len() == 2;
    until(cluster, |cluster| match cluster.judge.unsettled(one) {
        None if one || halves(cluster) => Ok(()),
        None => Err(Broken { rule: "T12", text: "the halves form no rings".to_owned() }),
        Some(broken) => Err(broken),
    })
}

fn until(cluster: &mut Cluster, there: impl Fn(&Cluster) -> Result<(), Broken>) -> Result<Cost, Broken> {
    let (start, frames) = (cluster.moment.now, cluster.frames);
    let bound = start + 120 * SECOND;
    loop {
        cluster.run_until(cluster.moment.now + STEP)?;
        match there(cluster) {
            Ok(()) => return Ok(Cost { time: cluster.moment.now - start, frames: cluster.frames - frames }),
            Err(broken) if cluster.moment.now > bound => return Err(broken),
            Err(_) => {}
        }
    }
}
