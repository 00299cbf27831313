//! Rings of several hosts: the reference's, ours, and mixed ones, in turns on the same virtual hosts.

use super::table::{self, Figure, bytes, median, rows, shown, sorted, spread};
use crate::{Result, combinations::REFERENCE_DAEMON, layout, stage::Stage};
use std::{fmt::Write, time::Instant};
use testkit::{
    cluster::{
        conf::Wire,
        measure::{Phase, Programs, Running, Track},
        ring::{self, Build},
    },
    lan,
};

/// Hosts of the largest ring.
const HOSTS: usize = 16;

/// Sizes of rings whose start is measured.
const STARTS: [usize; 4] = [2, 3, 8, HOSTS];

/// Times that everything is measured; the table holds medians.
const ROUNDS: usize = 3;

/// Times that this is done for hosts that die, one of each place in the ring.
const DEATH_ROUNDS: usize = 2;

/// Times that a ring is tried. On a busy machine one may break, and the reference's now and then is never quorate.
const ATTEMPTS: usize = 3;

/// Hosts that lose their power in a round, one after the other, of a ring of as many: the one with the lowest number
/// is the one that forms rings.
const DEATHS: usize = 3;

/// Hosts in rings that carry messages: `r` for one of the reference's, `o` for one of ours.
const CARRIERS: [(&str, &str); 3] = [("reference", "rrr"), ("ours", "ooo"), ("mixed", "ror")];

/// Seconds that a ring's messages may take in all, per second a figure.
const PATIENCE: u32 = 120;

/// A kind of figures: its name, and what measures it.
type Part = (&'static str, fn(&mut Bench) -> Result<()>);

/// In this order.
const PARTS: [Part; 4] = [
    ("start", starts),
    ("death", deaths),
    ("plain", |bench| carried(bench, Wire::KNET)),
    ("encrypted", |bench| carried(bench, Wire { crypto: true, ..Wire::KNET })),
];

/// All figures so far.
struct Bench {
    track: Track,
    builds: (Build, Build),
    /// That a figure of messages takes.
    seconds: f64,
    /// In the order of [`CARRIERS`].
    figures: [Vec<Figure>; 3],
    began: Instant,
}

/// Measures them and prints the table, and keeps it when it has everything.
pub(super) fn measure(seconds: u32, only: &str, stage: &Stage) -> Result<()> {
    if let Some(reason) = lan::missing_bridges() {
        return Err(format!("no rings of several hosts: {reason}"));
    }
    let programs = Programs { ring: super::program("ring")?, watch: super::program("watch")? };
    let track =
        Track::start(HOSTS, programs, &layout::target()?.join("bench/rings")).map_err(|error| error.to_string())?;
    let reference = Build { name: ring::REFERENCE, daemon: REFERENCE_DAEMON.into(), libraries: None };
    let ours = Build { name: ring::OURS, daemon: stage.daemon("corosync"), libraries: Some(stage.libdir.clone()) };
    let seconds = f64::from(seconds) / 4.0;
    let mut bench =
        Bench { track, builds: (reference, ours), seconds, figures: Default::default(), began: Instant::now() };
    let wanted: Vec<&Part> = PARTS.iter().filter(|part| part.0.contains(only)).collect();
    wanted.iter().try_for_each(|part| part.1(&mut bench))?;
    let rows = bench.table();
    println!("\n{rows}");
    if wanted.len() < PARTS.len() {
        return Ok(());
    }
    let words =
        format!("`make bench` (medians of {ROUNDS} rounds, {seconds} s a figure of messages, {}):", table::machine());
    table::keep("rings", &format!("{words}\n\n{rows}"))
}

impl Bench {
    fn builds(&self, hosts: &str) -> Vec<Build> {
        hosts.chars().map(|host| if host == 'r' { &self.builds.0 } else { &self.builds.1 }).cloned().collect()
    }

    fn say(&self, words: &str) {
        println!("{:4} s: {words}", self.began.elapsed().as_secs());
    }

    /// Runs a ring and measures it; one that fails is tried again.
    fn ring<T>(&mut self, hosts: &str, wire: Wire, measure: impl Fn(&mut Running<'_>) -> Result<T>) -> Result<T> {
        let builds = self.builds(hosts);
        let mut attempt = 1;
        loop {
            let measured = self.track.run(&builds, wire).and_then(|mut ring| measure(&mut ring));
            match measured {
                Err(words) if attempt < ATTEMPTS => self.say(&format!("{hosts} failed and is tried again: {words}")),
                measured => return measured,
            }
            attempt += 1;
        }
    }

    fn keep(&mut self, kind: usize, name: &str, size: u64, value: f64) {
        self.figures[kind].push(Figure { name: name.to_owned(), size, value });
    }

    /// A row a figure: medians and their ratios.
    fn table(&self) -> String {
        let mut table = String::from(
            "| figure | bytes | reference | ours | ours / reference | mixed | mixed / the slower | reference, highest / lowest |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|\n",
        );
        for (name, size) in rows(&self.figures[0]) {
            let values = self.figures.each_ref().map(|figures| sorted(figures, name, size));
            let (Some(a), Some(b)) = (median(&values[0]), median(&values[1])) else { continue };
            // The slower of two rates is the lower one, of two times the higher one.
            let slower = if name.contains("per second") { a.min(b) } else { a.max(b) };
            let (mixed, to_slower) = median(&values[2])
                .map_or_else(Default::default, |mixed| (shown(mixed), format!("{:.2}", mixed / slower)));
            let (ratio, noise) = (b / a, spread(&values[0]));
            let (bytes, a, b) = (bytes(size), shown(a), shown(b));
            let _ =
                writeln!(table, "| {name} | {bytes} | {a} | {b} | {ratio:.2} | {mixed} | {to_slower} | {noise:.2} |");
        }
        table
    }
}

/// How long rings of each size take from the first daemon's start.
fn starts(bench: &mut Bench) -> Result<()> {
    for round in 1..=ROUNDS {
        for hosts in STARTS {
            bench.say(&format!("start of {hosts} hosts, round {round} of {ROUNDS}: the reference, then ours"));
            for (kind, letter) in ["r", "o"].into_iter().enumerate() {
                let formed = bench.ring(&letter.repeat(hosts), Wire::KNET, |ring| Ok(ring.formed.as_secs_f64()))?;
                bench.keep(kind, &format!("{hosts} hosts start: s until all are quorate"), 0, formed);
            }
        }
    }
    Ok(())
}

/// How long the survivors of a power loss take to their ring.
fn deaths(bench: &mut Bench) -> Result<()> {
    for round in 1..=DEATH_ROUNDS {
        bench.say(&format!("death of a host of three, round {round} of {DEATH_ROUNDS}: the reference, then ours"));
        for (kind, letter) in ["r", "o"].into_iter().enumerate() {
            let deaths = |ring: &mut Running<'_>| (0..DEATHS).map(|host| ring.death(host)).collect::<Result<Vec<_>>>();
            let times = bench.ring(&letter.repeat(DEATHS), Wire::KNET, deaths)?;
            for time in times {
                bench.keep(kind, "a host of 3 loses its power: s until the others' ring", 0, time.as_secs_f64());
            }
        }
    }
    Ok(())
}

/// What groups carry, and what it costs the daemons.
fn carried(bench: &mut Bench, wire: Wire) -> Result<()> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let patience = (bench.seconds.ceil() as u32) * PATIENCE;
    for round in 1..=ROUNDS {
        bench.say(&format!("messages over {wire}, round {round} of {ROUNDS}: the reference, ours, mixed"));
        for (kind, (_, hosts)) in CARRIERS.into_iter().enumerate() {
            let seconds = bench.seconds;
            let seen = bench.ring(hosts, wire, |ring| ring.carry(seconds, patience))?;
            let Some(phases) = seen.first().map(Vec::len) else { continue };
            for at in 0..phases {
                let of_all: Vec<&Phase> = seen.iter().filter_map(|host| host.get(at)).collect();
                keep_phase(bench, kind, wire, &of_all);
            }
        }
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss)]
fn keep_phase(bench: &mut Bench, kind: usize, wire: Wire, of_all: &[&Phase]) {
    let Some(first) = of_all.first() else { return };
    let who = if first.senders == 1 { "one of 3 sends" } else { "all 3 send" };
    let messages = first.messages as f64;
    // The ring is as fast as its last host, and as dear as all of its hosts.
    let seconds = of_all.iter().map(|phase| phase.seconds).fold(0.0, f64::max);
    let processor: u64 = of_all.iter().map(|phase| phase.processor).sum();
    bench.keep(kind, &format!("{wire}, {who}: messages per second"), first.size, messages / seconds);
    bench.keep(kind, &format!("{wire}, {who}: daemons' CPU us"), first.size, processor as f64 / 1e3 / messages);
}
