//! The key that a remote executor and its clients share.

use crate::foreign::{self, gnutls_datum_t};
use capi_pcmk::{functions, log, results};
use std::ffi::{CStr, c_int};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

const DEFAULT: &str = "/etc/pacemaker/authkey";
const FALLBACK: &str = "/etc/corosync/authkey";
/// How long a key that was read is taken for good.
const FRESH: Duration = Duration::from_secs(60);
const INIT: &CStr = c"lrmd__init_remote_key";

/// The key read last.
static CACHE: Mutex<Option<(Instant, Vec<u8>)>> = Mutex::new(None);

/// The key in a file, or the one read last while that is fresh, wherever it came from.
fn get(location: &str) -> Result<Vec<u8>, c_int> {
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, key)) = cache.as_ref().filter(|(read, _)| read.elapsed() < FRESH) {
        return Ok(key.clone());
    }
    *cache = None;
    let key = std::fs::read(location).map_err(|error| error.raw_os_error().unwrap_or(libc::EIO))?;
    if key.is_empty() {
        return Err(libc::ENOKEY);
    }
    log!(Debug, c"cache_key", "Using (and cacheing) Pacemaker Remote key from {location}");
    *cache = Some((Instant::now(), key.clone()));
    Ok(key)
}

/// Where the environment says that the key is, as it was when first asked.
fn named() -> Option<&'static str> {
    static NAMED: OnceLock<Option<String>> = OnceLock::new();
    NAMED.get_or_init(|| std::env::var("PCMK_authkey_location").ok()).as_deref()
}

/// The key from the first place that has one.
///
/// # Errors
/// `ENOKEY`: nowhere.
pub(crate) fn find() -> Result<Vec<u8>, c_int> {
    let named = named();
    let places = named.into_iter().chain([DEFAULT, FALLBACK].into_iter().filter(|place| Some(*place) != named));
    let mut first = None;
    for place in places {
        match get(place) {
            Ok(key) => {
                if let (Some(why), Some(named)) = (first, named) {
                    let which = if place == DEFAULT { "default" } else { "fallback" };
                    let why = results::words(why);
                    log!(
                        Warning,
                        INIT,
                        "Could not read Pacemaker Remote key from {named} (using {which} location {place} instead): {why}"
                    );
                }
                return Ok(key);
            }
            Err(why) => first = first.or(Some(why)),
        }
    }
    let why = results::words(first.unwrap_or(libc::ENOKEY));
    let others: Vec<String> = [("default", DEFAULT), ("fallback", FALLBACK)]
        .iter()
        .filter(|(_, place)| Some(*place) != named)
        .map(|(which, place)| format!("or {which} location {place}"))
        .collect();
    match named {
        Some(named) => {
            let others = others.join(" ");
            log!(Warning, INIT, "Could not read Pacemaker Remote key from {named} ({others}): {why}");
        }
        None => log!(
            Warning,
            INIT,
            "Could not read Pacemaker Remote key from default location {DEFAULT} (or fallback location {FALLBACK}): {why}"
        ),
    }
    Err(libc::ENOKEY)
}

/// A key as GnuTLS has it, which the caller frees with `gnutls_free()`.
///
/// # Errors
/// `ENOMEM`.
pub(crate) fn datum(key: &[u8]) -> Result<gnutls_datum_t, c_int> {
    let size = u32::try_from(key.len()).map_err(|_| libc::ENOMEM)?;
    // SAFETY: gnutls_malloc: a function of GnuTLS's, set when it was loaded
    let place = unsafe { foreign::gnutls_malloc.map(|allocate| allocate(key.len())) };
    let data = place.map(|place| place.cast::<u8>()).filter(|place| !place.is_null()).ok_or(libc::ENOMEM)?;
    // SAFETY: a place of that size, just made
    unsafe { data.copy_from_nonoverlapping(key.as_ptr(), key.len()) };
    Ok(gnutls_datum_t { data, size })
}

functions! {
    /// `lrmd__init_remote_key()`: the key, for `gnutls_free()`.
    ///
    /// # Safety
    /// `key` is null or a place.
    export fn lrmd__init_remote_key(key: *mut gnutls_datum_t) -> c_int, or libc::ENOKEY => {
        if key.is_null() {
            return libc::ENOKEY;
        }
        match find().and_then(|found| datum(&found)) {
            Ok(found) => {
                // SAFETY: a place, by the caller's contract
                unsafe { key.write(found) };
                0
            }
            Err(code) => code,
        }
    }
}
