//! Votes: asked for, set, and followed.

use crate::handle::connection;
use core_types::CsError;
use core_votequorum::wire::QDEVICE_NAME_MAX;
use core_votequorum::wire::ipc::InfoReply;
use std::ffi::c_uint;

/// `struct votequorum_info`.
#[repr(C)]
pub(crate) struct Info {
    nodeid: c_uint,
    state: c_uint,
    votes: c_uint,
    expected_votes: c_uint,
    highest_expected: c_uint,
    total_votes: c_uint,
    quorum: c_uint,
    flags: c_uint,
    qdevice_votes: c_uint,
    qdevice_name: [u8; QDEVICE_NAME_MAX],
}

impl From<InfoReply> for Info {
    fn from(reply: InfoReply) -> Self {
        let mut qdevice_name = reply.qdevice_name;
        qdevice_name[QDEVICE_NAME_MAX - 1] = 0;
        Info {
            nodeid: reply.nodeid,
            state: reply.state,
            votes: reply.votes,
            expected_votes: reply.expected_votes,
            highest_expected: reply.highest_expected,
            total_votes: reply.total_votes,
            quorum: reply.quorum,
            flags: reply.flags,
            qdevice_votes: reply.qdevice_votes,
            qdevice_name,
        }
    }
}

capi_ffi::export! {
    version "COROSYNC_VOTEQUORUM_1.0";

    /// `votequorum_getinfo(3)`: what is known of a node; node 0 is the local one. `info` is written on CS_OK only.
    ///
    /// # Safety
    /// `info` is null or valid for a write.
    fn votequorum_getinfo(handle: u64, nodeid: c_uint, info: *mut Info) {
        let connection = connection(handle)?;
        if info.is_null() {
            return Err(CsError::InvalidParam);
        }
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(info, connection.votequorum.info(nodeid)?.into()) };
        Ok(())
    }

    /// `votequorum_setexpected(3)`: sets the votes that all members expect.
    ///
    /// # Safety
    /// None.
    fn votequorum_setexpected(handle: u64, expected_votes: c_uint) {
        connection(handle)?.votequorum.set_expected(expected_votes)
    }

    /// `votequorum_setvotes(3)`: sets a node's votes.
    ///
    /// # Safety
    /// None.
    fn votequorum_setvotes(handle: u64, nodeid: c_uint, votes: c_uint) {
        connection(handle)?.votequorum.set_votes(nodeid, votes)
    }

    /// `votequorum_trackstart(3)`: asks for events (`CS_TRACK_*`), each with `context`.
    ///
    /// # Safety
    /// None.
    fn votequorum_trackstart(handle: u64, context: u64, flags: c_uint) {
        connection(handle)?.votequorum.track_start(context, flags)
    }

    /// `votequorum_trackstop(3)`: no more events.
    ///
    /// # Safety
    /// None.
    fn votequorum_trackstop(handle: u64) {
        connection(handle)?.votequorum.track_stop()
    }
}
