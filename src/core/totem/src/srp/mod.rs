//! The single ring protocol (`exec/totemsrp.c`, 3.1.7): one file for each state and each kind of work.
//!
//! Kept from the reference: frames, timers, conditions, flow control. Kept stricter: counts and places from the
//! wire are checked where it asserts; an old ring's and a new ring's multicasts never share a queue; a ring id is
//! stored before the first frame that names it; counters of recovery start anew with each recovery.

mod commit;
mod gather;
mod mcast;
mod merge;
mod operational;
mod recovery;
mod shun;
mod token;

use crate::action::{Action, Configuration};
use crate::buffer::{Bytes, Pool};
use crate::config::{Config, millis};
use crate::pg::Sender;
use crate::sort::{Item, SortQueue};
use crate::stats::SrpStats;
use crate::timers::{Timer, Timers};
use crate::wire::{self, BadFrame, Packet};
use core_types::{Level, Nanos, NodeId, RingId};
use gather::GatherFrom;
use std::collections::VecDeque;

/// Where in the protocol a node is (`enum memb_state`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The ring is in use.
    Operational,
    /// Who is there?
    Gather,
    /// The membership is agreed on; the commit token goes round.
    Commit,
    /// The old ring's messages are exchanged on the new ring.
    Recovery,
}

/// Something for the layer above, in its place among deliveries.
#[derive(Debug)]
pub(crate) enum Event {
    /// A multicast whose turn it is.
    Frame(Item),
    /// A configuration change.
    Configuration(Configuration),
    /// From here on this node sends in the lane of sync.
    SendLane,
    /// From here on frames are of the lane of sync.
    ReceiveLane,
    /// A line about what was delivered before.
    Log(Level, String),
    /// The token was passed on, and somebody wanted to know.
    TokenSent,
}

/// What is left of the ring before, from commit to the next operational state (`old_ring_state`).
#[derive(Clone, Copy, Debug, Default)]
struct OldRing {
    /// All its messages up to here are here.
    aru: u32,
    /// The last of its messages that is known of.
    high_received: u32,
}

/// A ring's sequence number that is so far ahead of all known ones is nonsense: nobody forms so many, and the
/// numbers must last for ever.
const RING_SEQ_JUMP: u64 = 1 << 40;
/// Bad frames are complained about at most that often.
const COMPLAIN_EVERY: Nanos = 1000 * core_types::MILLIS;

/// The protocol's state. Fields are named as in the Totem papers and the reference, less their `my_`.
#[derive(Debug)]
pub(crate) struct Srp {
    config: Config,
    me: NodeId,
    now: Nanos,
    pub(crate) state: State,
    pub(crate) timers: Timers,
    pub(crate) stats: SrpStats,
    pub(crate) out: VecDeque<Action>,
    pub(crate) events: VecDeque<Event>,
    /// Frames from this node to itself. Bounded: each input makes at most a few, all are read in the same round.
    local: VecDeque<Bytes>,
    pub(crate) sender: Sender,
    pub(crate) pool: Pool,
    pub(crate) notify_token: bool,

    /// Everybody heard of; also once failed.
    pub(crate) procs: Vec<NodeId>,
    failed: Vec<NodeId>,
    /// Whose last join message said the same as ours.
    consensus: Vec<NodeId>,
    /// Members of the regular configuration.
    pub(crate) members: Vec<NodeId>,
    new_members: Vec<NodeId>,
    transitional: Vec<NodeId>,
    /// Who said goodbye.
    leaving: Vec<NodeId>,

    pub(crate) ring: RingId,
    /// The ring that `regular` belongs to.
    old_ring: RingId,
    old: Option<OldRing>,
    /// The highest ring sequence number heard of.
    ring_seq: u64,

    regular: SortQueue,
    recovery: SortQueue,
    retrans: VecDeque<Bytes>,
    aru: u32,
    high_received: u32,
    high_delivered: u32,
    last_released: u32,

    token_target: NodeId,
    /// The token as passed on last, to pass it on again.
    kept_token: Option<Bytes>,
    discard_tokens: bool,
    originated: bool,
    token_held: bool,
    token_seq: u32,
    last_seq: u32,
    last_aru: u32,
    seq_unchanged: u32,
    aru_count: u32,
    failed_to_recv: bool,
    /// From when on this node may form a ring alone.
    alone_from: Nanos,
    this_seqno: u32,
    /// Frames sent at the last visit of the token.
    trc: u32,
    /// What waited at the last visit, and at this one.
    pbl: u32,
    cbl: u32,

    received_flg: bool,
    set_retrans_flg: bool,
    retrans_flg_count: u32,
    rotation_counter: u32,
    install_seq: u32,

    shunned: shun::Shunned,
    pause_stamp: Nanos,
    /// No complaint about a bad frame before this.
    complain_at: Nanos,
    random: u64,
}

impl Srp {
    pub(crate) fn new(config: Config, now: Nanos) -> Self {
        let me = config.nodeid;
        let seq = config.ring_seq.saturating_add(1);
        let mut srp = Srp {
            me,
            now,
            state: State::Operational,
            timers: Timers::new(),
            stats: SrpStats::default(),
            out: VecDeque::new(),
            events: VecDeque::new(),
            local: VecDeque::new(),
            sender: Sender::new(config.net_mtu(), config.queue_max()),
            pool: Pool::default(),
            notify_token: false,
            procs: Vec::new(),
            failed: Vec::new(),
            consensus: Vec::new(),
            members: Vec::new(),
            new_members: Vec::new(),
            transitional: Vec::new(),
            leaving: Vec::new(),
            // One above what is stored: a restarted node's first join must not look like its former life's.
            ring: RingId { representative: me, seq },
            old_ring: RingId { representative: me, seq },
            old: None,
            ring_seq: seq,
            regular: SortQueue::default(),
            recovery: SortQueue::default(),
            retrans: VecDeque::new(),
            aru: 0,
            high_received: 0,
            high_delivered: 0,
            last_released: 0,
            token_target: me,
            kept_token: None,
            discard_tokens: true,
            originated: false,
            token_held: false,
            token_seq: u32::MAX,
            last_seq: 0,
            last_aru: 0,
            seq_unchanged: 0,
            aru_count: 0,
            failed_to_recv: false,
            alone_from: 0,
            this_seqno: 0,
            trc: 0,
            pbl: 0,
            cbl: 0,
            received_flg: true,
            set_retrans_flg: false,
            retrans_flg_count: 0,
            rotation_counter: 0,
            install_seq: 0,
            shunned: shun::Shunned::default(),
            pause_stamp: now,
            complain_at: now,
            random: config.seed,
            config,
        };
        srp.log_config();
        srp
    }

    pub(crate) fn start(&mut self, now: Nanos) {
        self.now = now;
        self.log(Level::Debug, format!("Created or loaded sequence id {} for this ring.", self.ring));
        self.note_running();
        self.enter_gather(GatherFrom::InterfaceChange);
    }

    pub(crate) fn interface_changed(&mut self, now: Nanos) {
        self.now = now;
        self.enter_gather(GatherFrom::InterfaceChange);
    }

    pub(crate) fn reconfigure(&mut self, config: &Config) {
        let Config { nodeid, ring_seq, seed, mtu, .. } = self.config;
        self.config = Config { nodeid, ring_seq, seed, mtu, ..config.clone() };
        self.log_config();
    }

    fn log_config(&mut self) {
        let c = self.config.clone();
        let lines = [
            format!("Token Timeout ({} ms) retransmit timeout ({} ms)", c.token, c.token_retransmit),
            match c.token_warning {
                0 => "Token warnings disabled".to_owned(),
                percent => {
                    let every = u64::from(percent) * u64::from(c.token) / 100;
                    format!("Token warning every {every} ms ({percent}% of Token Timeout)")
                }
            },
            format!(
                "token hold ({} ms) retransmits before loss ({} retrans)",
                c.hold, c.token_retransmits_before_loss_const
            ),
            format!(
                "join ({} ms) send_join ({} ms) consensus ({} ms) merge ({} ms)",
                c.join, c.send_join, c.consensus, c.merge
            ),
            format!("downcheck ({} ms) fail to recv const ({} msgs)", c.downcheck, c.fail_recv_const),
            format!(
                "seqno unchanged const ({} rotations) Maximum network MTU {}",
                c.seqno_unchanged_const,
                c.net_mtu()
            ),
            format!(
                "window size per rotation ({} messages) maximum messages per rotation ({} messages)",
                c.window_size, c.max_messages
            ),
            format!("missed count const ({} messages)", c.miss_count_const),
            format!("heartbeat_failures_allowed ({})", c.heartbeat_failures_allowed),
            format!("max_network_delay ({} ms)", c.max_network_delay),
            match c.heartbeat() {
                Some(timeout) => format!("total heartbeat_timeout ({timeout} ms)"),
                None => "HeartBeat is Disabled. To enable set heartbeat_failures_allowed > 0".to_owned(),
            },
        ];
        for line in lines {
            self.log(Level::Debug, line);
        }
    }

    /// Handles one frame of this node to itself; false when there is none.
    pub(crate) fn handle_local(&mut self, now: Nanos) -> bool {
        let Some(frame) = self.local.pop_front() else { return false };
        self.handle_frame(now, &frame);
        self.pool.give(frame);
        true
    }

    pub(crate) fn handle_frame(&mut self, now: Nanos, bytes: &[u8]) {
        self.now = now;
        match wire::parse(bytes) {
            Ok(wire::Frame { swapped, packet }) => self.handle_packet(packet, bytes, swapped),
            Err(bad) => {
                if let BadFrame::Type(_) = bad {
                    self.stats.rx_msg_dropped += 1;
                }
                if self.now >= self.complain_at {
                    self.complain_at = self.now + COMPLAIN_EVERY;
                    self.log(Level::Warning, format!("Received {bad}...  ignoring."));
                }
            }
        }
    }

    fn handle_packet(&mut self, packet: Packet, bytes: &[u8], swapped: bool) {
        let stats = &mut self.stats;
        match packet {
            Packet::Token(token) => {
                stats.orf_token_rx += 1;
                self.receive_token(token);
            }
            Packet::Mcast(mcast) => {
                stats.mcast_rx += 1;
                self.receive_mcast(&mcast, bytes, swapped);
            }
            Packet::MergeDetect { from, ring } => {
                stats.memb_merge_detect_rx += 1;
                self.receive_merge_detect(from, ring);
            }
            Packet::Join(join) => {
                stats.memb_join_rx += 1;
                self.receive_join(&join);
            }
            Packet::Commit(token) => {
                stats.memb_commit_token_rx += 1;
                self.receive_commit(token);
            }
            Packet::HoldCancel { ring } => {
                stats.token_hold_cancel_rx += 1;
                self.receive_hold_cancel(ring);
            }
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Nanos) {
        self.now = now;
        while let Some(timer) = self.timers.expired(now) {
            self.expired(timer);
        }
    }

    fn expired(&mut self, timer: Timer) {
        match timer {
            Timer::Pause => self.note_running(),
            Timer::TokenLoss => self.token_lost(),
            Timer::Heartbeat => {
                self.log(Level::Debug, "HeartBeat Timer expired Invoking token loss mechanism".to_owned());
                self.token_lost();
            }
            Timer::TokenWarning => {
                let late = self.stats.since_token(self.now);
                self.log(Level::Notice, format!("Token has not been received in {late} ms "));
                self.arm_token_warning();
            }
            Timer::TokenRetransmit if self.state != State::Gather => {
                self.resend_token();
                self.arm_retransmit();
            }
            Timer::TokenHold if matches!(self.state, State::Operational | State::Recovery) => self.resend_token(),
            Timer::TokenRetransmit | Timer::TokenHold => {}
            Timer::MergeDetect => self.detect_merge(),
            Timer::Join => self.repeat_join(),
            Timer::SendJoin => self.send_delayed_join(),
            Timer::Consensus => self.consensus_expired(),
        }
    }

    pub(crate) fn force_gather(&mut self, now: Nanos) {
        self.now = now;
        self.token_lost();
    }

    /// The token did not come in time.
    fn token_lost(&mut self) {
        let consensus = self.config.consensus;
        match self.state {
            State::Operational => {
                self.log(Level::Debug, "The token was lost in the OPERATIONAL state.".to_owned());
                let token = self.config.token;
                self.log(
                    Level::Notice,
                    format!(
                        "A processor failed, forming new configuration: token timed out ({token}ms), \
                         waiting {consensus}ms for consensus."
                    ),
                );
                self.out.push_back(Action::CheckInterface);
                self.enter_gather(GatherFrom::LostInOperational);
                self.stats.operational_token_lost += 1;
            }
            State::Gather => {
                self.log(Level::Debug, format!("The consensus timeout expired ({consensus}ms)."));
                self.consensus_expired();
                self.enter_gather(GatherFrom::ConsensusExpired);
                self.stats.gather_token_lost += 1;
            }
            State::Commit => {
                self.log(Level::Debug, "The token was lost in the COMMIT state.".to_owned());
                self.enter_gather(GatherFrom::LostInCommit);
                self.stats.commit_token_lost += 1;
            }
            State::Recovery => {
                self.log(Level::Debug, "The token was lost in the RECOVERY state.".to_owned());
                self.abandon_recovery();
                self.enter_gather(GatherFrom::LostInRecovery);
            }
        }
    }

    fn note_running(&mut self) {
        self.pause_stamp = self.now;
        self.timers.arm(Timer::Pause, self.now + millis(self.config.token) / 5);
    }

    /// Whether this process slept for so long that waiting join messages mean nothing; then they are thrown away.
    fn slept(&mut self) -> bool {
        let slept = self.now.saturating_sub(self.pause_stamp);
        if slept <= millis(self.config.token) / 2 {
            return false;
        }
        let ms = slept / core_types::MILLIS;
        self.log(Level::Notice, format!("Process pause detected for {ms} ms, flushing membership messages."));
        self.note_running();
        self.out.push_back(Action::DiscardReceived);
        true
    }

    fn arm(&mut self, timer: Timer, after: u32) {
        self.timers.arm(timer, self.now + millis(after));
    }

    fn arm_token_loss(&mut self) {
        self.arm(Timer::TokenLoss, self.config.token);
        self.arm_token_warning();
    }

    fn arm_token_warning(&mut self) {
        match self.config.token_warning {
            0 => self.timers.disarm(Timer::TokenWarning),
            percent => {
                self.timers.arm(Timer::TokenWarning, self.now + u64::from(percent) * millis(self.config.token) / 100);
            }
        }
    }

    fn disarm_token_loss(&mut self) {
        self.timers.disarm(Timer::TokenLoss);
        self.timers.disarm(Timer::TokenWarning);
    }

    fn is_representative(&self) -> bool {
        self.ring.representative == self.me
    }

    /// Passes a token on and keeps it, to be passed on again.
    fn pass_token(&mut self, frame: Bytes) {
        self.keep_token(frame);
        self.resend_token();
    }

    fn keep_token(&mut self, frame: Bytes) {
        if let Some(old) = self.kept_token.replace(frame) {
            self.pool.give(old);
        }
    }

    fn resend_token(&mut self) {
        let Some(frame) = self.kept_token.clone() else { return };
        if self.token_target == self.me {
            self.local.push_back(frame);
        } else {
            self.out.push_back(Action::SendToken { to: self.token_target, frame });
        }
    }

    fn send_everyone(&mut self, frame: Bytes) {
        self.out.push_back(Action::Multicast { frame });
    }

    fn log(&mut self, level: Level, line: String) {
        self.out.push_back(Action::Log { level, line });
    }
}
