//! Looking again for a moment before going to sleep, where that is cheaper than to sleep and be woken.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Whether something comes about within that time, where another processor can bring it about.
pub(crate) fn soon(within: Duration, mut came: impl FnMut() -> bool) -> bool {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    if *PROCESSORS.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from)) < 2 {
        return false;
    }
    let start = Instant::now();
    while start.elapsed() < within {
        if came() {
            return true;
        }
        std::hint::spin_loop();
    }
    false
}

/// Whether looking again has been worth it: after each time that it was not, twice as many chances are passed over.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hope {
    /// Times in a row that nothing came.
    misses: u32,
    /// Chances still to be passed over.
    skip: u32,
}

/// From so many misses on the chances passed over grow no more.
const MISSES_MAX: u32 = 6;

impl Hope {
    /// A chance to look again: whether to take it.
    pub(crate) fn tries(&mut self) -> bool {
        let tries = self.skip == 0;
        self.skip = self.skip.saturating_sub(1);
        tries
    }

    /// What became of it.
    pub(crate) fn learns(&mut self, came: bool) {
        self.misses = if came { 0 } else { (self.misses + 1).min(MISSES_MAX) };
        self.skip = if came { 0 } else { (1 << self.misses) - 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_hopes_in_vain_hopes_less_often() {
        let mut hope = Hope::default();
        let mut tried = Vec::new();
        for chance in 0..300 {
            if hope.tries() {
                tried.push(chance);
                hope.learns(false);
            }
        }
        assert_eq!(tried, [0, 2, 6, 14, 30, 62, 126, 190, 254]);
        while !hope.tries() {}
        hope.learns(true);
        assert!(hope.tries(), "once it came, every chance is taken");
    }
}
