//! What `make` calls: build, stage, install, demo, check, fuzz, sim, bench.
#![forbid(unsafe_code)]

mod bench;
mod build;
mod check;
mod clusters;
mod combinations;
mod declarations;
mod demo;
mod fuzz;
mod headers;
mod install;
mod layout;
mod manual;
mod pacemaker;
mod packages;
mod pages;
mod prototypes;
mod run;
mod sim;
mod stage;

use clap::{Parser, Subcommand};
use layout::Layout;
use std::process::ExitCode;

/// The first words of every failure message.
type Result<T> = std::result::Result<T, String>;

#[derive(Parser)]
#[command(about = "Builds, installs, shows and checks Systole")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds libraries and daemons for release and stages them in the target folder.
    Build,
    /// Installs what was built.
    Install(Layout),
    /// Removes what install put there.
    Uninstall(Layout),
    /// Shows it at work on a virtual host of this machine.
    Demo,
    /// Runs every test.
    Check,
    /// Runs the C programs and tools only, on what is staged.
    Compare {
        /// One folder of capi-tests, without tools and headers.
        #[arg(long)]
        only: Option<String>,
    },
    /// Runs the fuzzers.
    Fuzz {
        /// The target; all of them unless it is named.
        #[arg(long, default_value = "")]
        target: String,
        /// Seconds a target.
        #[arg(long, default_value_t = 20)]
        seconds: u32,
        /// Makes the committed corpus anew from what was found.
        #[arg(long)]
        keep: bool,
    },
    /// Runs clusters of real daemons, the reference's and ours, through all faults.
    Clusters(clusters::Choice),
    /// Runs Debian's pacemaker and quorum device on clusters of ours and mixed ones, with faults.
    Pacemaker {
        /// Only these members, such as `roo`: r for the reference's host, o for our corosync, e for our executor, b
        /// for our CIB manager. Or `shells`: crm, pcs and access rules on one host.
        #[arg(long, default_value = "")]
        only: String,
        /// Runs what is staged, as it is.
        #[arg(long)]
        staged: bool,
    },
    /// Measures the reference and ours side by side and writes docs/benchmarks.md.
    Bench(bench::Choice),
    /// Runs simulated clusters under faults, on all processors.
    Sim(sim::Seeds),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Build => stage::build_and_stage().map(|stage| println!("staged in {}", stage.root.display())),
        Task::Install(layout) => install::install(&layout),
        Task::Uninstall(layout) => install::uninstall(&layout),
        Task::Demo => demo::demo(),
        Task::Check => check::check(),
        Task::Compare { only } => check::compare_only(only.as_deref()),
        Task::Fuzz { target, seconds, keep } => {
            fuzz::fuzz(Some(target.as_str()).filter(|target| !target.is_empty()), seconds, keep)
        }
        Task::Clusters(choice) => clusters::clusters(&choice),
        Task::Pacemaker { only, staged } => pacemaker::pacemaker(&only, staged),
        Task::Bench(choice) => bench::bench(&choice),
        Task::Sim(seeds) => sim::sim(&seeds),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("error: {words}");
            ExitCode::FAILURE
        }
    }
}
