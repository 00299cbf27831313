//! Attacks on the shared memory of a connection: what its client can write is nonsense, or cut off.

use super::{Attack, MESSAGE};
use core_qb::ring::{CHUNK_READ, CHUNK_READY, CHUNK_WRITING, header};
use nix::fcntl::{FallocateFlags, fallocate};
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};
use testkit::rogue::{FILES, Part, Ring, Rogue};

pub(super) const ATTACKS: &[Attack] = &[
    ("chunk lengths that lie", lengths),
    ("markers that lie", markers),
    ("positions outside the ring or between chunks", positions),
    ("word size changed", word_size),
    ("semaphores overwritten", semaphores),
    ("files cut off", cut_off),
    ("files with holes", holes),
    ("files cut off again and again while read", cut_off_while_read),
    ("fewer notifications than messages", too_few_notifications),
    ("notifications without messages", notifications_only),
];

const RINGS: [Ring; 3] = [Ring::Request, Ring::Response, Ring::Event];
/// An answered request of cpg: nothing but its header.
const LOCAL_GET: [u32; 4] = [4, 0, 16, 0];

fn connect() -> Rogue {
    Rogue::connect("cpg", MESSAGE as u32).expect("a connection")
}

/// Puts a good request into the ring at a position; it isn't counted yet.
fn request(rogue: &Rogue, position: u32) {
    let words = LOCAL_GET.iter().zip(2..).map(|(word, at)| ((position + at) as usize * 4, *word));
    rogue.poke(Ring::Request, Part::Data, &words.collect::<Vec<_>>()).expect("a file");
    rogue.place(position, 16, CHUNK_READY).expect("a file");
}

/// Waits for replies, as the response ring's position tells; false when the connection is over before.
fn written(rogue: &Rogue, wanted: u32) -> bool {
    let (start, mut word) = (Instant::now(), [0; 4]);
    while start.elapsed() < Duration::from_secs(5) {
        let Ok(file) = rogue.file(Ring::Response, Part::Header) else { return false };
        file.read_exact_at(&mut word, header::WRITE as u64).expect("a header");
        if u32::from_ne_bytes(word) >= wanted {
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    false
}

fn lengths() {
    for length in [0, (MESSAGE + 1) as u32, 2 << 20, (2 << 20) + 1, 1 << 31, u32::MAX - 7, u32::MAX] {
        let rogue = connect();
        rogue.inject(length).expect("files");
        assert!(rogue.is_dropped(), "a chunk of {length} bytes");
    }
}

fn markers() {
    for marker in [0, CHUNK_READ, CHUNK_WRITING, !CHUNK_READY] {
        let rogue = connect();
        rogue.place(0, 16, marker).expect("a file");
        rogue.count(1).expect("a file");
        rogue.notify(1);
        assert!(rogue.is_dropped(), "marker {marker:x}");
    }
}

fn positions() {
    let words = connect().words();
    for position in [1, 3, words - 1, words, words + 1, 1 << 31, u32::MAX] {
        let rogue = connect();
        for ring in RINGS {
            let both = [header::READ, header::WRITE].map(|at| (at, position));
            rogue.poke(ring, Part::Header, &both).expect("a file");
        }
        // whatever it makes of it: the next chunk isn't where it says
        request(&rogue, 0);
        rogue.count(2).expect("a file");
        rogue.notify(2);
        assert!(rogue.is_dropped(), "position {position}");
    }
}

fn word_size() {
    for words in [0, 1, 1024, 1 << 29, u32::MAX] {
        let rogue = connect();
        for ring in RINGS {
            rogue.poke(ring, Part::Header, &[(header::WORDS, words)]).expect("a file");
        }
        request(&rogue, 0);
        rogue.count(1).expect("a file");
        rogue.notify(1);
        assert!(written(&rogue, 1), "a good request, {words} words");
    }
}

fn semaphores() {
    // what glibc's sem_post() makes an unknown operation (it aborts), or a wait, of its wake-up of a waiter
    for flags in [0x7F, 0x81] {
        for count in [0x7FFF_FFFF, 0x8000_0000, u32::MAX] {
            let rogue = connect();
            for ring in [Ring::Response, Ring::Event] {
                let words = [(0, count), (4, u32::MAX), (8, flags)].map(|(at, word)| (header::SEMAPHORE + at, word));
                rogue.poke(ring, Part::Header, &words).expect("a file");
            }
            request(&rogue, 0);
            rogue.count(count).expect("a file");
            rogue.notify(1);
            assert!(rogue.is_dropped(), "{count:x} chunks");
        }
    }
}

fn cut_off() {
    for (ring, part) in FILES {
        // of replies and events only the start of the data is used here
        let used = part == Part::Header || ring == Ring::Request;
        for length in [0, 1, 4096].into_iter().take(if used { 3 } else { 1 }) {
            let rogue = connect();
            // the event ring isn't looked at before there is an event: a message that is nonsense ends it
            let bytes = if ring == Ring::Event { u32::MAX } else { 8000 };
            rogue.place(0, bytes, CHUNK_READY).expect("a file");
            // cut off before it is counted: else the daemon may be done with it
            rogue.file(ring, part).expect("a file").set_len(length).expect("a shorter file");
            if (ring, part) != (Ring::Request, Part::Header) {
                rogue.count(1).expect("a file");
            }
            rogue.notify(1);
            assert!(rogue.is_dropped(), "{part:?} of {ring:?} cut off at {length}");
        }
    }
}

fn holes() {
    for (ring, part) in FILES {
        let rogue = connect();
        let file = rogue.file(ring, part).expect("a file");
        let length = file.metadata().expect("its length").len() as i64;
        let hole = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
        fallocate(&file, hole, 0, length).expect("a hole");
        request(&rogue, 0);
        rogue.count(1).expect("a file");
        rogue.notify(1);
        assert!(written(&rogue, 1), "a good request with zeros in {part:?} of {ring:?}");
    }
}

fn cut_off_while_read() {
    for _ in 0..30 {
        let rogue = connect();
        let data = rogue.file(Ring::Request, Part::Data).expect("a file");
        let length = data.metadata().expect("its length").len();
        rogue.inject(MESSAGE as u32 - 4096).expect("files");
        for _ in 0..4 {
            data.set_len(0).expect("no bytes");
            data.set_len(length).expect("all bytes");
        }
    }
}

fn too_few_notifications() {
    const REQUESTS: u32 = 100;
    let rogue = connect();
    for index in 0..REQUESTS {
        // a header and 16 bytes each
        request(&rogue, index * 6);
    }
    rogue.count(REQUESTS).expect("a file");
    rogue.notify(1);
    // a reply of 32 bytes each
    assert!(written(&rogue, REQUESTS * 10), "not all of them were answered");
}

fn notifications_only() {
    let rogue = connect();
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(500) {
        rogue.notify(1 << 16);
    }
}
