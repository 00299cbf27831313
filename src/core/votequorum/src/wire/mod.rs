//! votequorum's messages: with clients ([`ipc`], `ipc_votequorum.h`) and between daemons ([`exec`],
//! `exec/votequorum.c`), laid out as on x86-64. Fields named `pad` are the C compiler's holes: written as zero,
//! never read.

pub mod exec;
pub mod ipc;

/// The socket that clients connect to.
pub const SERVICE: &str = "votequorum";

/// The number that stands for the quorum device among nodes (`VOTEQUORUM_QDEVICE_NODEID`).
pub const QDEVICE_NODEID: u32 = 0;

/// Bytes of a quorum device's name, its NUL included (`VOTEQUORUM_QDEVICE_MAX_NAME_LEN`).
pub const QDEVICE_NAME_MAX: usize = 255;

/// A quorum device's name in its fixed field.
pub type NameField = [u8; QDEVICE_NAME_MAX];

/// A name in its field; `None` when it is too long.
pub fn name_field(name: &[u8]) -> Option<NameField> {
    let mut field = [0; QDEVICE_NAME_MAX];
    (name.len() < field.len()).then(|| field[..name.len()].copy_from_slice(name))?;
    Some(field)
}

/// The name in a field, without its NUL; `None` when it has no NUL.
pub fn field_name(field: &NameField) -> Option<&[u8]> {
    field.iter().position(|&byte| byte == 0).map(|end| &field[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_need_room_for_their_nul() {
        assert_eq!(field_name(&name_field(&[b'x'; 254]).unwrap()), Some(&[b'x'; 254][..]));
        assert_eq!(name_field(&[b'x'; 255]), None);
        assert_eq!(field_name(&[b'x'; 255]), None);
    }
}
