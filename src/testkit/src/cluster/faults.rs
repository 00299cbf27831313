//! What is done to a cluster, and what must come of it.

use super::ring::{Cluster, View};
use crate::{lan::Disk, weather::Weather};
use core_types::MILLIS;
use nix::sys::signal::Signal;
use std::{
    ffi::OsStr,
    thread,
    time::{Duration, Instant},
};

/// A fault, from the first thing done to the last that must have come of it. The cluster is whole before and after,
/// and its members talk all the time.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// As reports call it.
    pub name: &'static str,
    /// Hosts that it takes.
    pub hosts: usize,
    /// Links that it takes.
    pub links: usize,
    /// The last host must be ours: what the reference does then is not what is asked for here.
    pub ours: bool,
    /// Does it and sees what comes of it.
    pub act: fn(&mut Cluster) -> Result<(), String>,
}

/// All of them.
pub const ALL: [Fault; 13] = [
    fault("traffic, 1 byte to 1 MiB", 1, 1, quiet),
    fault("processes leave, join and are killed", 1, 1, processes),
    fault("kill -9 of a daemon", 2, 1, killed),
    fault("a daemon is stopped in order", 3, 1, stopped),
    fault("SIGSTOP past the token's time", 2, 1, frozen),
    fault("power loss", 2, 1, power),
    fault("cut and healed", 2, 1, split),
    fault("one-way cut", 2, 1, one_way),
    fault("one of two links cut and healed, then the other", 2, 2, links),
    fault("30 % loss", 2, 1, loss),
    fault("delay, jitter, reorder, duplicates", 2, 1, delay),
    fault("/dev/shm full", 1, 1, no_shm),
    Fault { name: "disk full", hosts: 2, links: 1, ours: true, act: no_disk },
];

const fn fault(name: &'static str, hosts: usize, links: usize, act: fn(&mut Cluster) -> Result<(), String>) -> Fault {
    Fault { name, hosts, links, ours: false, act }
}

/// Messages a second from each member, and the longest.
const USUAL: (u32, usize) = (50, 1 << 20);
const SMALL: (u32, usize) = (30, 5000);

/// Deliveries that show that traffic goes on.
const SOME: usize = 100;

fn words(error: std::io::Error) -> String {
    error.to_string()
}

fn all(cluster: &Cluster) -> Vec<usize> {
    (0..cluster.size()).collect()
}

/// The host that things happen to, and the others.
fn victim(cluster: &Cluster) -> (usize, Vec<usize>) {
    let last = cluster.size() - 1;
    (last, (0..last).collect())
}

fn talk(cluster: &mut Cluster, (rate, largest): (u32, usize)) -> Result<(), String> {
    cluster.traffic(rate, largest).map_err(words)?;
    go_on(cluster, 0)
}

/// Waits until a host's witness got some more messages.
fn go_on(cluster: &mut Cluster, host: usize) -> Result<(), String> {
    let before = cluster.view(host).map_err(words)?.delivered;
    cluster.until("messages are delivered", |cluster| Ok(cluster.view(host)?.delivered >= before + SOME))
}

/// Views of all hosts: the ring must be the same one afterwards.
fn rings(cluster: &mut Cluster) -> Result<Vec<usize>, String> {
    let views = all(cluster).into_iter().map(|host| cluster.view(host));
    Ok(views.collect::<std::io::Result<Vec<View>>>().map_err(words)?.iter().map(|view| view.rings).collect())
}

fn same_rings(cluster: &mut Cluster, before: &[usize]) -> Result<(), String> {
    let after = rings(cluster)?;
    if after == before {
        Ok(())
    } else {
        Err(format!("the ring changed: each host saw {before:?} rings, now {after:?}"))
    }
}

fn quiet(cluster: &mut Cluster) -> Result<(), String> {
    let before = rings(cluster)?;
    talk(cluster, USUAL)?;
    for host in all(cluster) {
        go_on(cluster, host)?;
    }
    same_rings(cluster, &before)
}

fn processes(cluster: &mut Cluster) -> Result<(), String> {
    let before = rings(cluster)?;
    let (host, _) = victim(cluster);
    talk(cluster, USUAL)?;
    cluster.tell(host, "leave").map_err(words)?;
    cluster.until("it left", |cluster| Ok(cluster.view(host)?.me.is_none()))?;
    cluster.tell(host, "join").map_err(words)?;
    cluster.agree(&all(cluster))?;
    go_on(cluster, host)?;
    cluster.kill_witness(host);
    cluster.start_witness(host).map_err(words)?;
    cluster.agree(&all(cluster))?;
    let after = rings(cluster)?;
    if after[..host] == before[..host] { Ok(()) } else { Err(format!("the ring changed: {before:?}, {after:?}")) }
}

fn killed(cluster: &mut Cluster) -> Result<(), String> {
    let (host, others) = victim(cluster);
    talk(cluster, USUAL)?;
    cluster.kill_daemon(host);
    cluster.agree(&others)?;
    cluster.start_daemon(host).map_err(words)?;
    cluster.agree(&all(cluster))?;
    go_on(cluster, host)
}

/// Who stops says so: the others expect its vote no more.
fn stopped(cluster: &mut Cluster) -> Result<(), String> {
    let (host, others) = victim(cluster);
    talk(cluster, USUAL)?;
    cluster.daemon(host).and_then(|daemon| daemon.signal(Signal::SIGTERM)).map_err(words)?;
    cluster.until("its end", |cluster| Ok(!cluster.daemon(host)?.alive()))?;
    cluster.agree(&others)?;
    must(cluster, 0, &format!("corosync-quorumtool -s | grep -x 'Expected votes:   {}'", others.len()))?;
    cluster.start_daemon(host).map_err(words)?;
    cluster.agree(&all(cluster))?;
    go_on(cluster, host)
}

fn frozen(cluster: &mut Cluster) -> Result<(), String> {
    let (host, others) = victim(cluster);
    talk(cluster, USUAL)?;
    cluster.daemon(host).and_then(|daemon| daemon.signal(Signal::SIGSTOP)).map_err(words)?;
    cluster.agree(&others)?;
    go_on(cluster, 0)?;
    cluster.daemon(host).and_then(|daemon| daemon.signal(Signal::SIGCONT)).map_err(words)?;
    cluster.agree(&all(cluster))?;
    go_on(cluster, host)
}

fn power(cluster: &mut Cluster) -> Result<(), String> {
    let (host, others) = victim(cluster);
    talk(cluster, USUAL)?;
    cluster.power_off(host);
    cluster.agree(&others)?;
    cluster.power_on(host, Disk::Kept).map_err(words)?;
    cluster.agree(&all(cluster))?;
    go_on(cluster, host)
}

fn split(cluster: &mut Cluster) -> Result<(), String> {
    let (host, others) = victim(cluster);
    talk(cluster, USUAL)?;
    cluster.lan.split(&[host]);
    cluster.agree(&others)?;
    cluster.agree(&[host])?;
    go_on(cluster, host)?;
    cluster.lan.heal_all();
    cluster.agree(&all(cluster))?;
    go_on(cluster, host)
}

/// Nothing goes from the last host to the first: they can't be in one ring, and whoever is in one stays. The
/// reference does not settle: where one takes part, promises must hold all the same, and the cluster heal.
fn one_way(cluster: &mut Cluster) -> Result<(), String> {
    let (host, _) = victim(cluster);
    talk(cluster, SMALL)?;
    (0..cluster.lan.networks()).for_each(|network| cluster.lan.cut_way(network, host, 0));
    if cluster.all_ours() {
        settled(cluster)?;
    } else {
        thread::sleep(3 * STEADY);
    }
    cluster.lan.heal_all();
    cluster.agree(&all(cluster))
}

/// Waits until the first and the last host are in rings of their own, and nobody forms new ones.
fn settled(cluster: &mut Cluster) -> Result<(), String> {
    let last = cluster.size() - 1;
    let mut steady = (rings(cluster)?, Instant::now());
    cluster.until("the first and the last host in rings of their own, which stay", |cluster| {
        let now = rings(cluster).map_err(std::io::Error::other)?;
        if now != steady.0 {
            steady = (now, Instant::now());
        }
        let with = |view: View, node: usize| view.ring.is_some_and(|ring| ring.1.contains(&(node as u32 + 1)));
        let apart = !with(cluster.view(0)?, last) && !with(cluster.view(last)?, 0);
        Ok(apart && steady.1.elapsed() > STEADY)
    })
}

/// How long a settled membership lasts at least, or a fault that nobody must notice.
const STEADY: Duration = Duration::from_secs(3);

fn links(cluster: &mut Cluster) -> Result<(), String> {
    let (host, _) = victim(cluster);
    talk(cluster, USUAL)?;
    let before = rings(cluster)?;
    for network in [1, 0] {
        cluster.lan.cut(network, host);
        thread::sleep(STEADY);
        go_on(cluster, host)?;
        cluster.lan.heal(network, host);
        thread::sleep(STEADY);
    }
    same_rings(cluster, &before)
}

/// Links go up and down and rings with them, in the reference as in ours: what is delivered must be right, and the
/// cluster whole again when the loss ends.
fn loss(cluster: &mut Cluster) -> Result<(), String> {
    talk(cluster, SMALL)?;
    weather(cluster, Weather { loss: 300, ..Weather::default() });
    thread::sleep(2 * STEADY);
    cluster.lan.heal_all();
    cluster.agree(&all(cluster))?;
    all(cluster).into_iter().try_for_each(|host| go_on(cluster, host))
}

fn delay(cluster: &mut Cluster) -> Result<(), String> {
    talk(cluster, SMALL)?;
    let before = rings(cluster)?;
    let bad = Weather {
        delay: 10 * MILLIS,
        jitter: 20 * MILLIS,
        held: 50,
        late: 40 * MILLIS,
        copies: 50,
        ..Weather::default()
    };
    weather(cluster, bad);
    thread::sleep(STEADY);
    for host in all(cluster) {
        go_on(cluster, host)?;
    }
    cluster.lan.heal_all();
    same_rings(cluster, &before)
}

fn weather(cluster: &Cluster, weather: Weather) {
    (0..cluster.lan.networks()).for_each(|network| cluster.lan.set_weather(network, weather));
}

/// Runs a shell line on a host; whether it succeeded, and what it said.
fn shell(cluster: &Cluster, host: usize, line: &str) -> Result<(bool, String), String> {
    let outcome = cluster.lan.host(host).and_then(|host| host.run(None, 20, &["sh", "-c", line].map(OsStr::new)));
    let outcome = outcome.map_err(words)?;
    Ok((outcome.success(), outcome.stdout + &outcome.stderr))
}

fn must(cluster: &Cluster, host: usize, line: &str) -> Result<(), String> {
    let (success, said) = shell(cluster, host, line)?;
    if success { Ok(()) } else { Err(format!("`{line}` failed: {said}")) }
}

/// Who is connected stays so; who comes is refused, and served when there is room again.
fn no_shm(cluster: &mut Cluster) -> Result<(), String> {
    let (host, _) = victim(cluster);
    let before = rings(cluster)?;
    talk(cluster, USUAL)?;
    must(
        cluster,
        host,
        "used=$(df -k --output=used /dev/shm | tail -1); mount -o remount,size=$((used + 64))k /dev/shm",
    )?;
    must(cluster, host, "cat /dev/zero > /dev/shm/filler 2>/dev/null; test -s /dev/shm/filler")?;
    go_on(cluster, host)?;
    if shell(cluster, host, "corosync-cpgtool")?.0 {
        return Err("a client was served without shared memory".to_owned());
    }
    go_on(cluster, host)?;
    must(cluster, host, "rm /dev/shm/filler; mount -o remount,size=1g /dev/shm")?;
    must(cluster, host, "corosync-cpgtool")?;
    same_rings(cluster, &before)
}

/// The ring's id can't be stored: the daemon says so and ends, or goes on; what is on disk is whole. With room again,
/// the cluster is too.
fn no_disk(cluster: &mut Cluster) -> Result<(), String> {
    let (host, _) = victim(cluster);
    talk(cluster, SMALL)?;
    must(cluster, host, FILL)?;
    // A new ring for all.
    cluster.kill_daemon(0);
    cluster.until("the others notice", |cluster| {
        let gone = |view: View| view.ring.is_some_and(|ring| !ring.1.contains(&1));
        Ok(!cluster.daemon(host)?.alive() || gone(cluster.view(host)?))
    })?;
    must(cluster, host, "test \"$(stat -c %s /var/lib/corosync/ringid_*)\" = 8")?;
    must(cluster, host, "rm /var/lib/corosync/filler")?;
    if !cluster.daemon(host).map_err(words)?.alive() {
        cluster.start_daemon(host).map_err(words)?;
    }
    cluster.start_daemon(0).map_err(words)?;
    cluster.agree(&all(cluster))?;
    must(cluster, host, EMPTY)
}

/// Puts a small disk in place of the state directory's, with the same content, and fills it.
const FILL: &str = "mkdir /run/kept && cp -a /var/lib/corosync/. /run/kept
    mount -t tmpfs -o size=64k full /var/lib/corosync && cp -a /run/kept/. /var/lib/corosync
    cat /dev/zero > /var/lib/corosync/filler 2>/dev/null
    test -s /var/lib/corosync/filler";

/// Undoes that, and keeps what was stored since.
const EMPTY: &str = "cp -a /var/lib/corosync/. /run/kept && umount -l /var/lib/corosync &&
    cp -a /run/kept/. /var/lib/corosync && rm -r /run/kept";
