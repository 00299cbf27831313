//! Totem's timers.

use core_types::Nanos;

/// Each thing that happens after a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Timer {
    /// Notes that this process runs, so that a long pause is noticed (a fifth of `token`).
    Pause = 0,
    /// The token did not come (`token`).
    TokenLoss,
    /// The token is late: say so (`token_warning`).
    TokenWarning,
    /// Nothing was heard since the token was passed on: pass it again (`token_retransmit`).
    TokenRetransmit,
    /// The representative held the token long enough (`hold`).
    TokenHold,
    /// The ring was idle for long enough to look for others (`merge`).
    MergeDetect,
    /// Send the join message again (`join`).
    Join,
    /// Consensus on the membership was not reached in time (`consensus`).
    Consensus,
    /// No heartbeat (the token) from the ring (`heartbeat_failures_allowed`).
    Heartbeat,
    /// A join message waited its random while (`send_join`).
    SendJoin,
}

const ALL: [Timer; 10] = [
    Timer::Pause,
    Timer::TokenLoss,
    Timer::TokenWarning,
    Timer::TokenRetransmit,
    Timer::TokenHold,
    Timer::MergeDetect,
    Timer::Join,
    Timer::Consensus,
    Timer::Heartbeat,
    Timer::SendJoin,
];

/// When each timer runs out; [`Nanos::MAX`]: it isn't armed.
#[derive(Clone, Debug)]
pub(crate) struct Timers([Nanos; ALL.len()]);

impl Timers {
    pub(crate) fn new() -> Self {
        Timers([Nanos::MAX; ALL.len()])
    }

    pub(crate) fn arm(&mut self, timer: Timer, at: Nanos) {
        self.0[timer as usize] = at;
    }

    pub(crate) fn disarm(&mut self, timer: Timer) {
        self.0[timer as usize] = Nanos::MAX;
    }

    pub(crate) fn armed(&self, timer: Timer) -> bool {
        self.0[timer as usize] != Nanos::MAX
    }

    /// When the next one runs out.
    pub(crate) fn next(&self) -> Option<Nanos> {
        self.0.iter().copied().min().filter(|&at| at != Nanos::MAX)
    }

    /// The first that has run out, disarmed.
    pub(crate) fn expired(&mut self, now: Nanos) -> Option<Timer> {
        let timer = ALL.into_iter().min_by_key(|&timer| self.0[timer as usize])?;
        if self.0[timer as usize] > now {
            return None;
        }
        self.disarm(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_run_out_in_order_and_once() {
        let mut timers = Timers::new();
        assert_eq!((timers.next(), timers.expired(u64::MAX - 1)), (None, None));
        timers.arm(Timer::Join, 20);
        timers.arm(Timer::Consensus, 10);
        assert_eq!(timers.next(), Some(10));
        assert_eq!(timers.expired(9), None);
        assert_eq!(timers.expired(20), Some(Timer::Consensus));
        assert_eq!(timers.expired(20), Some(Timer::Join));
        assert_eq!(timers.expired(20), None);
    }
}
