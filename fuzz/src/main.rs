//! The fuzzer: libFuzzer on the target named by `FUZZ_TARGET`, which writes its seeds into the folder `FUZZ_SEEDS`
//! first. `make fuzz` builds and runs it.
#![no_main]
#![allow(missing_docs, reason = "what the macros make")]

use fuzz::{TARGETS, Target};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use std::sync::OnceLock;
use testkit::random::Random;

/// Of two changes one is ours; libFuzzer's own know what was compared with what.
const OURS: u32 = 2;

fn target() -> &'static Target {
    static CHOSEN: OnceLock<&Target> = OnceLock::new();
    CHOSEN.get_or_init(|| {
        let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
        let known = || TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(" ");
        TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| {
            eprintln!("FUZZ_TARGET names no target; there are: {}", known());
            std::process::exit(2);
        })
    })
}

fn write_seeds() {
    let Some(folder) = std::env::var_os("FUZZ_SEEDS").map(std::path::PathBuf::from) else { return };
    for (index, seed) in (target().seeds)().iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{index}")), seed).expect("FUZZ_SEEDS names a folder");
    }
}

fuzz_target!(init: write_seeds(), |data: &[u8]| (target().run)(data));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if !seed.is_multiple_of(OURS) {
        return fuzzer_mutate(data, size, max_size);
    }
    let changed = target().mutated(&data[..size], &data[..size], &mut Random::new(seed.into()));
    let length = changed.len().min(max_size);
    data[..length].copy_from_slice(&changed[..length]);
    length
});
