//! Handing events to the caller's functions.

use crate::handle::connection;
use crate::track::NotifyValue;
use sys_client::Dispatch;
use sys_client::cmap::Told;

fn value(told: Told<'_>) -> NotifyValue {
    NotifyValue { kind: told.kind.into(), len: told.bytes.len(), data: told.bytes.as_ptr().cast() }
}

capi_ffi::export! {
    /// `cmap_dispatch(3)`: calls the trackers' functions. Flags that aren't any of `cs_dispatch_flags_t` block, as in
    /// the reference.
    ///
    /// # Safety
    /// The functions given to `cmap_track_add` may be called.
    fn cmap_dispatch(handle: u64, flags: u32) {
        let connection = connection(handle)?;
        let flags = Dispatch::from_number(flags).unwrap_or(Dispatch::Blocking);
        connection.cmap.dispatch(flags, |event, callback| {
            // SAFETY: the caller said so in cmap_track_add; key and values live until it returns
            unsafe {
                (callback.notify)(
                    handle, event.tracker, event.event, event.key.as_ptr(), value(event.new), value(event.old),
                    callback.user_data,
                );
            }
            connection.attached.is_finalized()
        })
    }
}
