//! Totem's frames, as on the wire since corosync 3.0 (`exec/totemsrp.c`, magic `0xC070`, version 3).
//!
//! A sender writes its own byte order; the magic number tells a receiver which one that is. All structures are
//! packed: their fields have alignment 1 here, so there are no holes. What [`parse`] returns has been checked
//! for length and for counts within bounds; whether it makes sense now is for the state machine to say.

use core_types::{NodeId, PROCESSOR_COUNT_MAX, RingId};
use zerocopy::byteorder::{BigEndian, LittleEndian, NativeEndian, U16, U32, U64};
use zerocopy::{ByteOrder, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// First field of every frame (`TOTEM_MH_MAGIC`).
pub const MAGIC: u16 = 0xC070;
/// Second field (`TOTEM_MH_VERSION`).
pub const VERSION: u8 = 3;
/// Most retransmit requests in a token (`RETRANSMIT_ENTRIES_MAX`).
pub const RETRANSMIT_ENTRIES_MAX: usize = 30;
/// Largest frame, in bytes (`FRAME_SIZE_MAX`, knet's largest packet).
pub const FRAME_SIZE_MAX: usize = 65536;
/// Where every frame names the node it is for, a `u32` in memory order; 0: all.
pub const TARGET_OFFSET: usize = std::mem::offset_of!(RawHeader<NativeEndian>, target);
/// Bytes before a multicast's contents (`sizeof (struct mcast)`).
pub const MCAST_HEADER: usize = size_of::<RawMcast<NativeEndian>>();

const ENCAPSULATED: u8 = 1;
const NOT_ENCAPSULATED: u8 = 2;

/// What kind of frame it is (`enum message_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The token that orders multicasts.
    OrfToken = 0,
    /// An ordered multicast.
    Mcast = 1,
    /// A ring looks for others to merge with.
    MergeDetect = 2,
    /// A node's view of who is there and who failed.
    Join = 3,
    /// The token that forms a ring.
    CommitToken = 4,
    /// Somebody wants to send: release the held token.
    HoldCancel = 5,
}

#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawHeader<O: ByteOrder> {
    magic: U16<O>,
    version: u8,
    kind: u8,
    encapsulated: u8,
    nodeid: U32<O>,
    target: U32<O>,
}

#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawRing<O: ByteOrder> {
    representative: U32<O>,
    seq: U64<O>,
}

#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawMcast<O: ByteOrder> {
    header: RawHeader<O>,
    from: U32<O>,
    seq: U32<O>,
    this_seqno: U32<O>,
    ring: RawRing<O>,
    node_id: U32<O>,
    guarantee: U32<O>,
}

#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawToken<O: ByteOrder> {
    header: RawHeader<O>,
    seq: U32<O>,
    token_seq: U32<O>,
    aru: U32<O>,
    aru_addr: U32<O>,
    ring: RawRing<O>,
    backlog: U32<O>,
    fcc: U32<O>,
    retrans_flg: U32<O>,
    entries: U32<O>,
}

#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawRetransmit<O: ByteOrder> {
    ring: RawRing<O>,
    seq: U32<O>,
}

#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawJoin<O: ByteOrder> {
    header: RawHeader<O>,
    from: U32<O>,
    proc_entries: U32<O>,
    failed_entries: U32<O>,
    ring_seq: U64<O>,
}

#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawMergeDetect<O: ByteOrder> {
    header: RawHeader<O>,
    from: U32<O>,
    ring: RawRing<O>,
}

#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawHoldCancel<O: ByteOrder> {
    header: RawHeader<O>,
    ring: RawRing<O>,
}

#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawCommit<O: ByteOrder> {
    header: RawHeader<O>,
    token_seq: U32<O>,
    ring: RawRing<O>,
    retrans_flg: U32<O>,
    memb_index: U32<O>,
    entries: U32<O>,
}

#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawCommitEntry<O: ByteOrder> {
    ring: RawRing<O>,
    aru: U32<O>,
    high_delivered: U32<O>,
    received_flg: U32<O>,
}

/// A multicast's header (`struct mcast`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mcast {
    /// Who put it on the ring (the header's `nodeid`).
    pub nodeid: NodeId,
    /// The same, as `system_from`.
    pub from: NodeId,
    /// Whether its contents are an old ring's multicast, sent again during recovery.
    pub encapsulated: bool,
    /// Its place in the ring's order.
    pub seq: u32,
    /// The sender's own count of multicasts.
    pub this_seqno: u32,
    /// The ring whose order `seq` belongs to.
    pub ring: RingId,
    /// The delivery that its sender asked for.
    pub guarantee: u32,
}

/// A request to multicast again (`struct rtr_item`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retransmit {
    /// The ring it belongs to.
    pub ring: RingId,
    /// The multicast's place in its order.
    pub seq: u32,
}

/// The ordering token (`struct orf_token`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// The last multicast's place in the order.
    pub seq: u32,
    /// Rises with each hop, so that copies are known.
    pub token_seq: u32,
    /// All have received up to here.
    pub aru: u32,
    /// Who holds `aru` down; 0 when nobody does.
    pub aru_addr: NodeId,
    /// The token's ring.
    pub ring: RingId,
    /// What all members wait to send, in frames.
    pub backlog: u32,
    /// Frames sent in the last rotation (flow control count).
    pub fcc: u32,
    /// Recovery: somebody still has old messages to send again.
    pub retrans_flg: bool,
    /// What is to be sent again; at most [`RETRANSMIT_ENTRIES_MAX`].
    pub retransmit: Vec<Retransmit>,
}

/// A join message (`struct memb_join`), or a leave message: then `nodeid` is 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Join {
    /// The sender, or 0 in a leave message.
    pub nodeid: NodeId,
    /// The sender, always.
    pub from: NodeId,
    /// Every node that it knows of.
    pub procs: Vec<NodeId>,
    /// Those of them that it gave up.
    pub failed: Vec<NodeId>,
    /// Its newest ring's sequence number.
    pub ring_seq: u64,
}

/// What a member of the ring to be has of its old one (`memb_commit_token_memb_entry`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitEntry {
    /// The old ring.
    pub ring: RingId,
    /// It has all of the old ring's messages up to here.
    pub aru: u32,
    /// It delivered up to here.
    pub high_delivered: u32,
    /// Whether it has every message that it knows of.
    pub received: bool,
}

/// The token that forms a ring (`struct memb_commit_token`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitToken {
    /// Hops.
    pub token_seq: u32,
    /// The ring to be.
    pub ring: RingId,
    /// Unused.
    pub retrans_flg: u32,
    /// How many members have filled in their entry.
    pub memb_index: usize,
    /// The members, in ring order.
    pub members: Vec<NodeId>,
    /// One entry a member.
    pub entries: Vec<CommitEntry>,
}

/// A frame's meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// The ordering token.
    Token(Token),
    /// A multicast; its contents follow [`MCAST_HEADER`].
    Mcast(Mcast),
    /// Somebody's ring.
    MergeDetect {
        /// Who says so.
        from: NodeId,
        /// Its ring.
        ring: RingId,
    },
    /// A join or leave message.
    Join(Join),
    /// The commit token.
    Commit(CommitToken),
    /// A wish to send.
    HoldCancel {
        /// The ring whose token is meant.
        ring: RingId,
    },
}

/// A frame read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Whether its sender has the other byte order.
    pub swapped: bool,
    /// What it says.
    pub packet: Packet,
}

/// Why a frame is not one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// Not even a header.
    #[error("message is too short")]
    NoHeader,
    /// No totem frame.
    #[error("message has bad magic number")]
    Magic,
    /// Another version of totem.
    #[error("message has unsupported version {0}")]
    Version(u8),
    /// No known kind of frame.
    #[error("message has wrong type {0}")]
    Type(u8),
    /// Shorter than its kind demands.
    #[error("{0} message is too short")]
    Short(&'static str),
    /// A count or index beyond its bound.
    #[error("{0} message has an impossible count")]
    Count(&'static str),
}

/// Reads a frame.
pub fn parse(bytes: &[u8]) -> Result<Frame, BadFrame> {
    match bytes.get(..2) {
        Some(magic) if magic == MAGIC.to_le_bytes() => parse_in::<LittleEndian>(bytes, cfg!(target_endian = "big")),
        Some(magic) if magic == MAGIC.to_be_bytes() => parse_in::<BigEndian>(bytes, cfg!(target_endian = "little")),
        Some(_) => Err(BadFrame::Magic),
        None => Err(BadFrame::NoHeader),
    }
}

fn parse_in<O: ByteOrder + 'static>(bytes: &[u8], swapped: bool) -> Result<Frame, BadFrame> {
    let (header, _) = RawHeader::<O>::read_from_prefix(bytes).map_err(|_| BadFrame::NoHeader)?;
    if header.version != VERSION {
        return Err(BadFrame::Version(header.version));
    }
    let packet = match header.kind {
        0 => Packet::Token(token::<O>(bytes)?),
        1 => Packet::Mcast(mcast::<O>(bytes)?),
        2 => merge_detect::<O>(bytes)?,
        3 => Packet::Join(join::<O>(bytes)?),
        4 => Packet::Commit(commit::<O>(bytes)?),
        5 => hold_cancel::<O>(bytes)?,
        other => return Err(BadFrame::Type(other)),
    };
    Ok(Frame { swapped, packet })
}

fn prefix<T: FromBytes + KnownLayout + Immutable>(bytes: &[u8], kind: &'static str) -> Result<(T, usize), BadFrame> {
    let (raw, _) = T::read_from_prefix(bytes).map_err(|_| BadFrame::Short(kind))?;
    Ok((raw, size_of::<T>()))
}

/// `count` structures from the start of `bytes`, each converted.
fn list<T: FromBytes + KnownLayout + Immutable, U>(
    bytes: &[u8],
    count: usize,
    kind: &'static str,
    convert: impl Fn(&T) -> U,
) -> Result<Vec<U>, BadFrame> {
    let bytes = bytes.get(..count * size_of::<T>()).ok_or(BadFrame::Short(kind))?;
    Ok(bytes
        .chunks_exact(size_of::<T>())
        .filter_map(|chunk| T::read_from_bytes(chunk).ok())
        .map(|t| convert(&t))
        .collect())
}

fn bounded(count: u32, most: usize, kind: &'static str) -> Result<usize, BadFrame> {
    let count = count as usize;
    if count > most { Err(BadFrame::Count(kind)) } else { Ok(count) }
}

fn ring<O: ByteOrder>(raw: &RawRing<O>) -> RingId {
    RingId { representative: NodeId(raw.representative.get()), seq: raw.seq.get() }
}

fn node<O: ByteOrder>(raw: &U32<O>) -> NodeId {
    NodeId(raw.get())
}

fn mcast<O: ByteOrder>(bytes: &[u8]) -> Result<Mcast, BadFrame> {
    let (raw, _) = prefix::<RawMcast<O>>(bytes, "mcast")?;
    Ok(Mcast {
        nodeid: node(&raw.header.nodeid),
        from: node(&raw.from),
        encapsulated: raw.header.encapsulated == ENCAPSULATED,
        seq: raw.seq.get(),
        this_seqno: raw.this_seqno.get(),
        ring: ring(&raw.ring),
        guarantee: raw.guarantee.get(),
    })
}

fn token<O: ByteOrder>(bytes: &[u8]) -> Result<Token, BadFrame> {
    const KIND: &str = "orf_token";
    let (raw, end) = prefix::<RawToken<O>>(bytes, KIND)?;
    let count = bounded(raw.entries.get(), RETRANSMIT_ENTRIES_MAX, KIND)?;
    Ok(Token {
        seq: raw.seq.get(),
        token_seq: raw.token_seq.get(),
        aru: raw.aru.get(),
        aru_addr: node(&raw.aru_addr),
        ring: ring(&raw.ring),
        backlog: raw.backlog.get(),
        fcc: raw.fcc.get(),
        retrans_flg: raw.retrans_flg.get() != 0,
        retransmit: list(&bytes[end..], count, KIND, |item: &RawRetransmit<O>| Retransmit {
            ring: ring(&item.ring),
            seq: item.seq.get(),
        })?,
    })
}

fn merge_detect<O: ByteOrder>(bytes: &[u8]) -> Result<Packet, BadFrame> {
    let (raw, _) = prefix::<RawMergeDetect<O>>(bytes, "memb_merge_detect")?;
    Ok(Packet::MergeDetect { from: node(&raw.from), ring: ring(&raw.ring) })
}

fn hold_cancel<O: ByteOrder>(bytes: &[u8]) -> Result<Packet, BadFrame> {
    let (raw, _) = prefix::<RawHoldCancel<O>>(bytes, "token_hold_cancel")?;
    Ok(Packet::HoldCancel { ring: ring(&raw.ring) })
}

fn join<O: ByteOrder>(bytes: &[u8]) -> Result<Join, BadFrame> {
    const KIND: &str = "memb_join";
    let (raw, end) = prefix::<RawJoin<O>>(bytes, KIND)?;
    let procs = bounded(raw.proc_entries.get(), PROCESSOR_COUNT_MAX, KIND)?;
    let failed = bounded(raw.failed_entries.get(), PROCESSOR_COUNT_MAX, KIND)?;
    let mut nodes = list(&bytes[end..], procs + failed, KIND, |id: &U32<O>| node(id))?;
    let failed = nodes.split_off(procs);
    Ok(Join {
        nodeid: node(&raw.header.nodeid),
        from: node(&raw.from),
        procs: nodes,
        failed,
        ring_seq: raw.ring_seq.get(),
    })
}

fn commit<O: ByteOrder>(bytes: &[u8]) -> Result<CommitToken, BadFrame> {
    const KIND: &str = "memb_commit_token";
    let (raw, end) = prefix::<RawCommit<O>>(bytes, KIND)?;
    let count = bounded(raw.entries.get(), PROCESSOR_COUNT_MAX, KIND)?;
    let memb_index = bounded(raw.memb_index.get(), count, KIND)?;
    let members = list(&bytes[end..], count, KIND, |id: &U32<O>| node(id))?;
    let entries = &bytes[end + count * size_of::<U32<O>>()..];
    let entries = list(entries, count, KIND, |entry: &RawCommitEntry<O>| CommitEntry {
        ring: ring(&entry.ring),
        aru: entry.aru.get(),
        high_delivered: entry.high_delivered.get(),
        received: entry.received_flg.get() != 0,
    })?;
    Ok(CommitToken {
        token_seq: raw.token_seq.get(),
        ring: ring(&raw.ring),
        retrans_flg: raw.retrans_flg.get(),
        memb_index,
        members,
        entries,
    })
}

fn raw_header<O: ByteOrder>(kind: Kind, encapsulated: u8, nodeid: NodeId, target: NodeId) -> RawHeader<O> {
    RawHeader {
        magic: MAGIC.into(),
        version: VERSION,
        kind: kind as u8,
        encapsulated,
        nodeid: nodeid.0.into(),
        target: target.0.into(),
    }
}

fn raw_ring<O: ByteOrder>(ring: RingId) -> RawRing<O> {
    RawRing { representative: ring.representative.0.into(), seq: ring.seq.into() }
}

/// A multicast's header, in this machine's byte order.
pub fn mcast_header(mcast: &Mcast) -> [u8; MCAST_HEADER] {
    zerocopy::transmute!(RawMcast::<NativeEndian> {
        header: raw_header(
            Kind::Mcast,
            if mcast.encapsulated { ENCAPSULATED } else { NOT_ENCAPSULATED },
            mcast.nodeid,
            NodeId(0),
        ),
        from: mcast.from.0.into(),
        seq: mcast.seq.into(),
        this_seqno: mcast.this_seqno.into(),
        ring: raw_ring(mcast.ring),
        node_id: 0.into(),
        guarantee: mcast.guarantee.into(),
    })
}

/// Appends an ordering token from `me` to `target`.
pub fn put_token(out: &mut Vec<u8>, me: NodeId, target: NodeId, token: &Token) {
    let raw = RawToken::<NativeEndian> {
        header: raw_header(Kind::OrfToken, 0, me, target),
        seq: token.seq.into(),
        token_seq: token.token_seq.into(),
        aru: token.aru.into(),
        aru_addr: token.aru_addr.0.into(),
        ring: raw_ring(token.ring),
        backlog: token.backlog.into(),
        fcc: token.fcc.into(),
        retrans_flg: u32::from(token.retrans_flg).into(),
        entries: (token.retransmit.len() as u32).into(),
    };
    out.extend_from_slice(raw.as_bytes());
    for item in &token.retransmit {
        let raw = RawRetransmit::<NativeEndian> { ring: raw_ring(item.ring), seq: item.seq.into() };
        out.extend_from_slice(raw.as_bytes());
    }
}

/// Appends a join or leave message.
pub fn put_join(out: &mut Vec<u8>, join: &Join) {
    let raw = RawJoin::<NativeEndian> {
        header: raw_header(Kind::Join, 0, join.nodeid, NodeId(0)),
        from: join.from.0.into(),
        proc_entries: (join.procs.len() as u32).into(),
        failed_entries: (join.failed.len() as u32).into(),
        ring_seq: join.ring_seq.into(),
    };
    out.extend_from_slice(raw.as_bytes());
    for node in join.procs.iter().chain(&join.failed) {
        out.extend_from_slice(&node.0.to_ne_bytes());
    }
}

/// Appends a commit token from `me` to `target`.
pub fn put_commit(out: &mut Vec<u8>, me: NodeId, target: NodeId, token: &CommitToken) {
    let raw = RawCommit::<NativeEndian> {
        header: raw_header(Kind::CommitToken, 0, me, target),
        token_seq: token.token_seq.into(),
        ring: raw_ring(token.ring),
        retrans_flg: token.retrans_flg.into(),
        memb_index: (token.memb_index as u32).into(),
        entries: (token.members.len() as u32).into(),
    };
    out.extend_from_slice(raw.as_bytes());
    for node in &token.members {
        out.extend_from_slice(&node.0.to_ne_bytes());
    }
    for entry in &token.entries {
        let raw = RawCommitEntry::<NativeEndian> {
            ring: raw_ring(entry.ring),
            aru: entry.aru.into(),
            high_delivered: entry.high_delivered.into(),
            received_flg: u32::from(entry.received).into(),
        };
        out.extend_from_slice(raw.as_bytes());
    }
}

/// Appends a merge detect message.
pub fn put_merge_detect(out: &mut Vec<u8>, me: NodeId, ring: RingId) {
    let header = raw_header(Kind::MergeDetect, 0, me, NodeId(0));
    let raw = RawMergeDetect::<NativeEndian> { header, from: me.0.into(), ring: raw_ring(ring) };
    out.extend_from_slice(raw.as_bytes());
}

/// Appends a token hold cancel message.
pub fn put_hold_cancel(out: &mut Vec<u8>, me: NodeId, ring: RingId) {
    let header = raw_header(Kind::HoldCancel, 0, me, NodeId(0));
    let raw = RawHoldCancel::<NativeEndian> { header, ring: raw_ring(ring) };
    out.extend_from_slice(raw.as_bytes());
}
