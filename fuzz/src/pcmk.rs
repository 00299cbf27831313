//! What pacemaker's daemons get from their clients.

use core_pcmk_ipc::{Flags, HEADER_SIZE, decode, encode};

/// Most text that is taken here, in bytes.
const TEXT_MAX: usize = 4 << 20;

/// A message: it is refused, or what was read can be written and read again.
pub fn ipc(input: &[u8]) {
    let Ok(message) = decode(input, TEXT_MAX) else { return };
    let limit = HEADER_SIZE + message.text.len() + 2;
    let again = encode(&message.text, message.id, message.flags, limit).expect("there is room");
    assert_eq!(decode(&again, TEXT_MAX), Ok(message));
}

pub(crate) fn ipc_seeds() -> Vec<Vec<u8>> {
    let text = "<cib_command t=\"cib\" cib_op=\"register\" cib_clientname=\"cibadmin\" cib_callopt=\"4096\"/>";
    let long = "<a b=\"c\"/>".repeat(200);
    let message = |text, limit| encode(text, 1, Flags::CLIENT_RESPONSE, limit).expect("it packs");
    vec![message(text, 1000), message(&long, 1000)]
}
