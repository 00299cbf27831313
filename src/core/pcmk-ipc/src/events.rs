//! Events for one client, and when a client that doesn't take them is given up (`crm_ipcs_flush_events()`).
//!
//! What a client doesn't take waits, and is offered again after a second or more. A client may fall behind for a while:
//! it is given up only when more than its limit wait and the number didn't fall between two looks. Beyond the reference,
//! bytes are bounded, too.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

/// Events that may wait for a client, unless its limit is higher (`PCMK_IPC_DEFAULT_QUEUE_MAX`).
pub const QUEUE_MAX: usize = 500;
/// Bytes that may wait for a client.
const BYTES_MAX: usize = 64 << 20;
/// Events sent in one go.
const AT_ONCE: usize = 100;

/// What became of an attempt to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It went.
    Yes,
    /// There is no room now.
    Full,
    /// It never will: the client is gone, or took a shorter message size than this event has.
    Never,
}

/// What is to be done after a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flushed {
    /// Nothing.
    Done,
    /// Flush again at this time.
    At(Duration),
    /// So many events wait that the client is to be warned of in the log; flush again at this time.
    Behind(usize, Duration),
    /// End the connection: so many events wait.
    Evict(usize),
}

/// See the module. Times are since any fixed moment.
#[derive(Debug, Default)]
pub struct EventQueue {
    events: VecDeque<Rc<[u8]>>,
    bytes: usize,
    /// How many waited after the last look.
    backlog: usize,
    /// Raised limit, for other daemons of the cluster.
    limit: usize,
    /// Not before this time.
    next: Option<Duration>,
}

impl EventQueue {
    /// Appends an event.
    pub fn push(&mut self, event: Rc<[u8]>) {
        self.bytes += event.len();
        self.events.push_back(event);
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Bytes that wait.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Lets more events wait, if `limit` is more than [`QUEUE_MAX`].
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Sends what waits, as far as there is room.
    pub fn flush(&mut self, now: Duration, mut send: impl FnMut(&[u8]) -> Sent) -> Flushed {
        if let Some(early) = self.not_yet(now) {
            return early;
        }
        for _ in 0..AT_ONCE {
            let Some(event) = self.events.front() else { break };
            if send(event) == Sent::Full {
                break;
            }
            self.pop();
        }
        self.judge(now)
    }

    /// Takes the next event, for who waits himself until there is room for it.
    pub fn pop(&mut self) -> Option<Rc<[u8]>> {
        let event = self.events.pop_front()?;
        self.bytes -= event.len();
        Some(event)
    }

    /// As [`EventQueue::flush`], where events are taken by [`EventQueue::pop`].
    pub fn look(&mut self, now: Duration) -> Flushed {
        self.not_yet(now).unwrap_or_else(|| self.judge(now))
    }

    /// What there is to say before anything is tried.
    fn not_yet(&mut self, now: Duration) -> Option<Flushed> {
        if self.bytes > BYTES_MAX {
            return Some(Flushed::Evict(self.len()));
        }
        self.next = self.next.filter(|next| now < *next);
        self.next.map(Flushed::At)
    }

    /// Whether what waits still is too much.
    fn judge(&mut self, now: Duration) -> Flushed {
        let waiting = self.len();
        let before = std::mem::replace(&mut self.backlog, waiting);
        if waiting == 0 {
            return Flushed::Done;
        }
        let next = now + Duration::from_millis(if waiting < 5 { 1000 + 100 * waiting as u64 } else { 1500 });
        self.next = Some(next);
        match waiting > self.limit.max(QUEUE_MAX) {
            false => Flushed::At(next),
            // new, or falling
            true if before <= 1 || waiting < before => Flushed::Behind(waiting, next),
            true => Flushed::Evict(waiting),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(index: usize) -> Rc<[u8]> {
        Rc::from(index.to_ne_bytes())
    }

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn events_go_in_order_and_wait_where_there_is_no_room() {
        let mut queue = EventQueue::default();
        (0..3).for_each(|index| queue.push(event(index)));
        let mut taken: Vec<Vec<u8>> = Vec::new();
        let flushed = queue.flush(at(0), |bytes| {
            if taken.len() == 1 {
                return Sent::Full;
            }
            taken.push(bytes.to_vec());
            Sent::Yes
        });
        assert_eq!((flushed, queue.len()), (Flushed::At(at(1200)), 2));
        let no = |_: &[u8]| -> Sent { unreachable!("before its time") };
        assert_eq!(queue.flush(at(1199), no), Flushed::At(at(1200)));
        let flushed = queue.flush(at(1200), |bytes| {
            taken.push(bytes.to_vec());
            Sent::Yes
        });
        assert_eq!((flushed, queue.is_empty()), (Flushed::Done, true));
        assert_eq!(taken, (0..3).map(|index| event(index).to_vec()).collect::<Vec<_>>());
    }

    #[test]
    fn one_past_the_limit_is_a_warning_and_then_the_end() {
        let mut queue = EventQueue::default();
        (0..QUEUE_MAX).for_each(|index| queue.push(event(index)));
        assert_eq!(queue.flush(at(0), |_| Sent::Full), Flushed::At(at(1500)));
        queue.push(event(0));
        queue.backlog = 0;
        assert_eq!(queue.flush(at(1500), |_| Sent::Full), Flushed::Behind(QUEUE_MAX + 1, at(3000)));
        assert_eq!(queue.flush(at(3000), |_| Sent::Full), Flushed::Evict(QUEUE_MAX + 1));
    }

    #[test]
    fn a_falling_backlog_and_a_raised_limit_keep_a_client() {
        let mut queue = EventQueue::default();
        (0..QUEUE_MAX + 50).for_each(|index| queue.push(event(index)));
        assert!(matches!(queue.flush(at(0), |_| Sent::Full), Flushed::Behind(..)));
        let mut room = 10;
        let flushed = queue.flush(at(5000), |_| {
            room -= 1;
            if room < 0 { Sent::Full } else { Sent::Yes }
        });
        assert_eq!(flushed, Flushed::Behind(QUEUE_MAX + 40, at(6500)));
        queue.set_limit(1000);
        assert_eq!(queue.flush(at(7000), |_| Sent::Full), Flushed::At(at(8500)));
    }

    #[test]
    fn who_takes_events_himself_is_judged_by_what_is_left() {
        let mut queue = EventQueue::default();
        (0..QUEUE_MAX + 2).for_each(|index| queue.push(event(index)));
        assert_eq!(queue.look(at(0)), Flushed::Behind(QUEUE_MAX + 2, at(1500)));
        assert_eq!(queue.look(at(1499)), Flushed::At(at(1500)));
        assert_eq!(queue.pop(), Some(event(0)));
        assert_eq!(queue.look(at(1500)), Flushed::Behind(QUEUE_MAX + 1, at(3000)));
        assert_eq!(queue.look(at(3000)), Flushed::Evict(QUEUE_MAX + 1));
        while queue.pop().is_some() {}
        assert_eq!(queue.look(at(4500)), Flushed::Done);
    }

    #[test]
    fn bytes_are_bounded() {
        let mut queue = EventQueue::default();
        let mebibyte: Rc<[u8]> = Rc::from(vec![0; 1 << 20]);
        (0..64).for_each(|_| queue.push(mebibyte.clone()));
        assert!(matches!(queue.flush(at(0), |_| Sent::Full), Flushed::At(_)));
        queue.push(event(0));
        assert_eq!(queue.flush(at(0), |_| Sent::Full), Flushed::Evict(65));
    }
}
