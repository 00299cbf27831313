//! `make sim`: seeds of the simulated cluster, on all processors.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use testkit::sim::{Plan, SECOND, Violation, figures, run, run_twice};

/// How often it is said how far it is.
const EVERY: Duration = Duration::from_secs(10);
/// Violations that are shown.
const SHOWN: usize = 5;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    match (words.first().map(String::as_str), numbers[..].first_chunk()) {
        (Some("figures"), _) => show_figures(),
        (Some("trace"), Some(&[seed])) => trace(seed),
        (Some("seeds"), _) if numbers.len() == 2 => seeds(numbers[0], numbers[1]),
        _ => {
            eprintln!("usage: sim seeds FROM COUNT | sim trace SEED | sim figures");
            ExitCode::FAILURE
        }
    }
}

fn trace(seed: u64) -> ExitCode {
    match run(Plan::new(seed), None, true) {
        Ok(outcome) => {
            println!("seed {seed} holds: {outcome:?}");
            ExitCode::SUCCESS
        }
        Err(violation) => {
            println!("{violation}");
            ExitCode::FAILURE
        }
    }
}

/// Seeds `from` to `from + count - 1`, each run twice and compared.
fn seeds(from: u64, count: u64) -> ExitCode {
    let begin = Instant::now();
    let next = AtomicU64::new(from);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let (say, hear) = mpsc::channel();
    let mut total = Total::default();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let (say, next) = (say.clone(), &next);
            scope.spawn(move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + count || say.send(run_twice(seed)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(say);
        let mut told = Instant::now();
        for result in hear {
            total.add(result);
            if told.elapsed() > EVERY {
                told = Instant::now();
                println!("{} of {count} seeds, {} broken, {} s", total.seeds, total.broken, begin.elapsed().as_secs());
            }
        }
    });
    total.close(from, begin.elapsed())
}

/// Sums over seeds.
#[derive(Default)]
struct Total {
    seeds: u64,
    broken: usize,
    sent: usize,
    delivered: usize,
    group_delivered: usize,
    rings: usize,
    quorum: usize,
    memory: i64,
    settled: u64,
}

impl Total {
    fn add(&mut self, result: Result<testkit::sim::Outcome, Box<Violation>>) {
        self.seeds += 1;
        match result {
            Ok(outcome) => {
                let counts = outcome.counts;
                self.sent += counts.sent + counts.group_sent;
                self.delivered += counts.delivered;
                self.group_delivered += counts.group_delivered;
                self.rings += counts.rings;
                self.quorum += counts.quorum;
                self.memory = self.memory.max(counts.memory);
                self.settled = self.settled.max(outcome.settled);
            }
            Err(violation) => {
                self.broken += 1;
                if self.broken <= SHOWN {
                    println!("{violation}");
                } else {
                    println!("seed {} broke a promise: {:?}", violation.seed, violation.broken);
                }
            }
        }
    }

    fn close(&self, from: u64, took: Duration) -> ExitCode {
        let Total { seeds, broken, sent, delivered, group_delivered, rings, quorum, memory, settled } = self;
        println!(
            "seeds {from} to {}: {} held, {broken} broke a promise; {sent} messages, {delivered} + {group_delivered} \
             deliveries, {rings} rings entered, quorum told {quorum} times; an engine held {} KiB at most; settled \
             after {:.1} s at most; {} s",
            from + seeds - 1,
            seeds - *broken as u64,
            memory / 1024,
            *settled as f64 / SECOND as f64,
            took.as_secs()
        );
        if *broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn show_figures() -> ExitCode {
    println!("| hosts | timers | form: s | frames | frames / host | form again: s | frames | frames / host |");
    println!("|--:|---|--:|--:|--:|--:|--:|--:|");
    for default_timers in [true, false] {
        for hosts in figures::SIZES {
            let (form, again) = match figures::measure(hosts, default_timers) {
                Ok(costs) => costs,
                Err(broken) => {
                    eprintln!("{hosts} hosts: {broken:?}");
                    return ExitCode::FAILURE;
                }
            };
            let cells = [form, again].map(|cost| {
                let seconds = cost.time as f64 / SECOND as f64;
                format!("{seconds:.2} | {} | {}", cost.frames, cost.frames / hosts as u64)
            });
            let timers = if default_timers { "corosync's" } else { "short" };
            println!("| {hosts} | {timers} | {} | {} |", cells[0], cells[1]);
        }
    }
    ExitCode::SUCCESS
}
