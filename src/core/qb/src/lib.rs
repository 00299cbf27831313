//! libqb's IPC protocol: handshake and ring layout as checked, pure code
#![forbid(unsafe_code)]
