//! Memory and load, from /proc.

/// The load average of the last 15 minutes (`getloadavg(3)`).
pub fn load_15min() -> Option<f64> {
    parse_load(&std::fs::read_to_string("/proc/loadavg").ok()?)
}

/// How much of memory and swap is in use, buffers and caches counted as free, in percent.
pub fn memory_used() -> Option<u32> {
    parse_memory(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

fn parse_load(text: &str) -> Option<f64> {
    text.split_whitespace().nth(2)?.parse().ok()
}

fn parse_memory(text: &str) -> Option<u32> {
    let kilobytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let total = kilobytes("MemTotal")? + kilobytes("SwapTotal")?;
    let free = kilobytes("MemFree")? + kilobytes("SwapFree")? + kilobytes("Buffers")? + kilobytes("Cached")?;
    u32::try_from(total.saturating_sub(free) * 100 / total.max(1)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_s_files_are_understood() {
        assert_eq!(parse_load("0.11 0.22 3.50 1/200 4242\n"), Some(3.5));
        let text =
            "MemTotal: 1000 kB\nMemFree: 300 kB\nBuffers: 50 kB\nCached: 150 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n";
        assert_eq!(parse_memory(text), Some(50));
        assert_eq!(parse_memory("MemTotal: x"), None);
        assert!(load_15min().is_some() && memory_used().is_some_and(|percent| percent <= 100));
    }
}
