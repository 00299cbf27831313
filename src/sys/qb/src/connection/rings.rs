//! The server's end of rings in shared memory.

use super::{Files, SendError};
use crate::ring::{Ownership, ReadError, Ring};
use nix::errno::Errno;
use std::io;
use std::sync::atomic::{Ordering, fence};

/// A client's rings.
#[derive(Debug)]
pub(super) struct Rings {
    request: Ring,
    response: Ring,
    event: Ring,
    client_is_systole: bool,
}

impl Rings {
    pub(super) fn create(
        files: &Files,
        max_message: usize,
        owner: Ownership,
        client_is_systole: bool,
    ) -> io::Result<Rings> {
        let [request, response, event] = &files.prefixes;
        let rings = Rings {
            request: Ring::create(request, max_message, owner)?,
            response: Ring::create(response, max_message, owner)?,
            event: Ring::create(event, max_message, owner)?,
            client_is_systole,
        };
        rings.fall_asleep();
        Ok(rings)
    }

    /// From now on a request must come with a byte on the socket.
    pub(super) fn fall_asleep(&self) {
        if self.client_is_systole {
            self.request.asleep().store(1, Ordering::SeqCst);
            fence(Ordering::SeqCst);
        }
    }

    /// Whether the client sends a byte with a request only after [`Rings::fall_asleep`].
    pub(super) fn tells_sleepers_only(&self) -> bool {
        self.client_is_systole
    }

    pub(super) fn receive(&mut self, max: usize, out: &mut Vec<u8>) -> Result<(), ReadError> {
        self.request.read(max, out)
    }

    pub(super) fn respond(&mut self, parts: &[&[u8]]) -> Result<(), SendError> {
        write(&mut self.response, parts)
    }

    pub(super) fn event(&mut self, parts: &[&[u8]]) -> Result<(), SendError> {
        write(&mut self.event, parts)
    }

    pub(super) fn set_flow_control(&self, level: i32) {
        self.request.flow_control().store(level, Ordering::Release);
    }
}

impl Drop for Rings {
    fn drop(&mut self) {
        for ring in [&self.request, &self.response, &self.event] {
            ring.abandon();
        }
    }
}

fn write(ring: &mut Ring, parts: &[&[u8]]) -> Result<(), SendError> {
    let result = ring.write(parts);
    if ring.is_broken() {
        return Err(SendError::Gone);
    }
    result.map_err(|errno| if errno == Errno::EAGAIN { SendError::Full } else { SendError::Gone })
}
