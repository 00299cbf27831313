//! Encryption and authentication of frames, and their key.

use crate::error::Error;
use crate::outside::{KeyError, Outside};
use core_icmap::{Map, Type};
use std::fmt;

/// Shortest key, in bytes (`KNET_MIN_KEY_LEN`).
const KEY_MIN: usize = 128;
/// Longest key, in bytes (`KNET_MAX_KEY_LEN`).
const KEY_MAX: usize = 4096;
/// Where the key is unless the configuration says otherwise.
const KEY_FILE: &str = "/etc/corosync/authkey";

/// Crypto settings.
#[derive(Clone, PartialEq, Eq)]
pub struct Crypto {
    /// knet's crypto library: `nss` or `openssl`.
    pub model: String,
    /// `none`, `aes128`, `aes192` or `aes256`.
    pub cipher: String,
    /// `none`, `md5`, `sha1`, `sha256`, `sha384` or `sha512`.
    pub hash: String,
    /// The shared key; empty when neither is used.
    pub key: Vec<u8>,
}

impl fmt::Debug for Crypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = format_args!("{} bytes", self.key.len());
        let mut shown = f.debug_struct("Crypto");
        shown.field("model", &self.model).field("cipher", &self.cipher).field("hash", &self.hash);
        shown.field("key", &key).finish()
    }
}

impl Drop for Crypto {
    fn drop(&mut self) {
        self.key.fill(0);
        std::hint::black_box(&self.key);
    }
}

impl Crypto {
    /// Reads the settings and the key (`totem_get_crypto`, `totem_config_keyread`).
    pub(crate) fn read(map: &Map, outside: &dyn Outside) -> Result<Crypto, Error> {
        let secauth = map.text("totem.secauth") == Some("on");
        let default = |on: &'static str| if secauth { on } else { "none" };
        let chosen = |key, known: &[&str], default| {
            map.text(key).filter(|text| known.contains(text)).unwrap_or(default).to_owned()
        };
        let ciphers = ["none", "aes256", "aes192", "aes128"];
        let hashes = ["none", "md5", "sha1", "sha256", "sha384", "sha512"];
        let cipher = chosen("totem.crypto_cipher", &ciphers, default("aes256"));
        let hash = chosen("totem.crypto_hash", &hashes, default("sha256"));
        let model = map.text("totem.crypto_model").unwrap_or("nss").to_owned();
        if cipher != "none" && hash == "none" {
            let why = "crypto_cipher requires crypto_hash with value other than none";
            return Err(Error::at_key("totem.crypto_cipher", why));
        }
        if model == "none" {
            return Err(Error::at_key("totem.crypto_model", "invalid crypto_model"));
        }
        let mut crypto = Crypto { model, cipher, hash, key: Vec::new() };
        if crypto.is_used() {
            crypto.key = key(map, outside)?;
        }
        Ok(crypto)
    }

    /// Whether frames are encrypted or authenticated.
    pub fn is_used(&self) -> bool {
        self.cipher != "none" || self.hash != "none"
    }
}

fn key(map: &Map, outside: &dyn Outside) -> Result<Vec<u8>, Error> {
    if let Some(path) = map.text("totem.keyfile") {
        return key_file(path, outside);
    }
    let Some(value) = map.get("totem.key") else { return key_file(KEY_FILE, outside) };
    let mut key = value.with_bytes(<[u8]>::to_vec);
    if value.kind() == Type::String {
        key.push(0);
    }
    match key.len() {
        ..KEY_MIN => Err(Error::at_key("totem.key", "key is too short")),
        KEY_MIN..=KEY_MAX => Ok(key),
        _ => Err(Error::at_key("totem.key", "key is too long")),
    }
}

fn key_file(path: &str, outside: &dyn Outside) -> Result<Vec<u8>, Error> {
    let failed = |why| match why {
        KeyError::Open(why) => Error::at_key("totem.keyfile", format!("Could not open {path}: {why}")),
        KeyError::Read(why) => Error::at_key("totem.keyfile", format!("Could not read {path}: {why}")),
    };
    let key = outside.read_key(path, KEY_MAX).map_err(failed)?;
    if key.len() < KEY_MIN {
        let (got, minimum) = (key.len() * 8, KEY_MIN * 8);
        let why = format!("Could only read {got} bits of minimum {minimum} bits from {path}.");
        return Err(Error::at_key("totem.keyfile", why));
    }
    Ok(key)
}
