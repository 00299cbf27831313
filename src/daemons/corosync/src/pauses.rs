//! Noticing that the kernel did not run this process for too long (`timer_function_scheduler_timeout`).

use crate::clock;
use crate::daemon::Daemon;
use core_cmap::stats::SchedmissStats;
use core_types::{Level, MILLIS, Nanos};
use std::rc::Rc;
use std::time::Duration;

/// Looks three times per token timeout (in milliseconds) whether it is much later than it should be.
pub(crate) async fn watch(daemon: Rc<Daemon>, token: u32) {
    let token = Nanos::from(token) * MILLIS;
    let threshold = token * 4 / 5;
    let mut before = clock::monotonic();
    loop {
        tokio::time::sleep(Duration::from_nanos(token / 3)).await;
        let now = clock::monotonic();
        let pause = now - before;
        before = now;
        if pause > threshold {
            note(&daemon, pause, threshold);
        }
    }
}

fn note(daemon: &Daemon, pause: Nanos, threshold: Nanos) {
    let at = clock::wall() / MILLIS;
    let millis = |nanos: Nanos| nanos as f32 / MILLIS as f32;
    let (pause, threshold) = (millis(pause), millis(threshold));
    daemon.with(|_, outside| {
        outside.counted.schedmiss.add(SchedmissStats { timestamp: at, delay: pause });
        let line = format_args!(
            "Corosync main process was not scheduled (@{at}) for {pause:.4} ms (threshold is {threshold:.4} ms). \
             Consider token timeout increase."
        );
        outside.log("MAIN", Level::Warning, line);
    });
}
