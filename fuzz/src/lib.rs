//! Everything that reads what others wrote, each as a function that takes any bytes: what a fuzzer calls
//! (`src/main.rs`), and what the tests call with the corpus and with changes of it (`tests/replay.rs`).
//!
//! A target fails by panicking: an assertion of its own, of the code under test, an overflow, a slice out of bounds.
//! Targets keep nothing from one input to the next, so that an input alone says what happens.
#![forbid(unsafe_code)]

pub mod clients;
pub mod config;
pub mod engine;
mod host;
pub mod icmap;
pub mod mutate;
pub mod pcmk;
pub mod qb;
pub mod records;
pub mod ring;
mod seeds;
pub mod services;
pub mod sync;

use testkit::random::Random;

/// How a target's inputs look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Bytes as they come.
    Bytes,
    /// A stream of [`records`].
    Records,
}

/// One thing to fuzz.
pub struct Target {
    /// Its name, and its folder's below `corpus`.
    pub name: &'static str,
    /// How its inputs look.
    pub shape: Shape,
    /// Takes an input.
    pub run: fn(&[u8]),
    /// Inputs as well-behaved others make them.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

impl Target {
    /// A change of an input; `other` is one that parts may come from.
    pub fn mutated(&self, input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
        match self.shape {
            Shape::Bytes => mutate::bytes(input, other, random),
            Shape::Records => mutate::stream(input, other, random),
        }
    }
}

const fn bytes(name: &'static str, run: fn(&[u8]), seeds: fn() -> Vec<Vec<u8>>) -> Target {
    Target { name, shape: Shape::Bytes, run, seeds }
}

const fn records(name: &'static str, run: fn(&[u8]), seeds: fn() -> Vec<Vec<u8>>) -> Target {
    Target { name, shape: Shape::Records, run, seeds }
}

/// All of them.
pub const TARGETS: [Target; 24] = [
    records("qb_handshake", qb::handshake, seeds::handshake),
    bytes("qb_answer", qb::answer, seeds::answer),
    records("qb_shared", qb::shared, seeds::shared),
    records("service_cpg", |input| services::run(Box::new(core_cpg::Cpg::new()), input), seeds::service_cpg),
    records("service_cfg", |input| services::run(Box::new(core_cfg::Cfg::new()), input), seeds::service_cfg),
    records("service_cmap", |input| services::run(Box::new(core_cmap::Cmap::new()), input), seeds::service_cmap),
    records(
        "service_quorum",
        |input| services::run(Box::new(core_quorum::Quorum::new()), input),
        seeds::service_quorum,
    ),
    records(
        "service_votequorum",
        |input| services::run(Box::new(core_votequorum::Votequorum::new()), input),
        seeds::service_votequorum,
    ),
    records("client_cpg", clients::cpg, seeds::clients::cpg),
    records("client_cfg", clients::cfg, seeds::clients::cfg),
    records("client_cmap", clients::cmap, seeds::clients::cmap),
    records("client_quorum", clients::quorum, seeds::clients::quorum),
    records("client_votequorum", clients::votequorum, seeds::clients::votequorum),
    bytes("config", config::main_file, seeds::config),
    bytes("uidgid", config::uidgid, seeds::uidgid),
    records("icmap", icmap::run, seeds::icmap),
    bytes("totem_frame", ring::frame, ring::true_frames),
    records("totem_ring", ring::run, seeds::totem_ring),
    records("totem_packed", ring::run, seeds::totem_packed),
    records("sync", sync::run, seeds::sync),
    records("engine", engine::run, seeds::engine),
    bytes("pcmk_ipc", pcmk::ipc, pcmk::ipc_seeds),
    bytes("pcmk_peers", pcmk::peers, pcmk::peers_seeds),
    records("cib_manager", pcmk::manager, pcmk::manager_seeds),
];
