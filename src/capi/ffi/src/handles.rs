//! Handles: what a C caller holds instead of a pointer.

use core_types::CsError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A table of live objects under `hdb_handle_t`-like numbers: the slot below, a check value above, so that a stale
/// or made-up handle is told from a live one. The table's lock is never held while a caller's code runs.
pub struct Handles<T> {
    slots: Mutex<Vec<Slot<T>>>,
}

struct Slot<T> {
    check: u32,
    object: Option<Arc<T>>,
}

impl<T> Handles<T> {
    /// An empty table, fit for a `static`.
    pub const fn new() -> Self {
        Handles { slots: Mutex::new(Vec::new()) }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Slot<T>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an object in and gives its handle, never 0.
    pub fn insert(&self, object: Arc<T>) -> u64 {
        let mut slots = self.lock();
        let index = slots.iter().position(|slot| slot.object.is_none()).unwrap_or_else(|| {
            slots.push(Slot { check: 0, object: None });
            slots.len() - 1
        });
        let slot = &mut slots[index];
        slot.check = slot.check.wrapping_mul(0x9E37_79B1).wrapping_add(0x7F4A_7C15).max(1);
        slot.object = Some(object);
        u64::from(slot.check) << 32 | index as u64
    }

    /// The object of a handle; CS_ERR_BAD_HANDLE when there is none (any more).
    pub fn get(&self, handle: u64) -> Result<Arc<T>, CsError> {
        let slots = self.lock();
        let slot = slots.get(handle as u32 as usize).filter(|slot| u64::from(slot.check) == handle >> 32);
        slot.and_then(|slot| slot.object.clone()).ok_or(CsError::BadHandle)
    }

    /// Ends a handle and gives its object. Whoever still works with the object keeps it alive.
    pub fn remove(&self, handle: u64) -> Result<Arc<T>, CsError> {
        let mut slots = self.lock();
        let slot = slots.get_mut(handle as u32 as usize).filter(|slot| u64::from(slot.check) == handle >> 32);
        slot.and_then(|slot| slot.object.take()).ok_or(CsError::BadHandle)
    }
}

impl<T> Default for Handles<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_and_made_up_handles_are_refused() {
        let table = Handles::new();
        let first = table.insert(Arc::new('a'));
        assert_eq!(*table.get(first).unwrap(), 'a');
        assert_eq!(*table.remove(first).unwrap(), 'a');
        let second = table.insert(Arc::new('b'));
        assert_ne!(first, second);
        for bad in [first, 0, 1, u64::MAX, second ^ 1 << 40] {
            assert_eq!(table.get(bad).err(), Some(CsError::BadHandle));
            assert_eq!(table.remove(bad).err(), Some(CsError::BadHandle));
        }
        assert_eq!(*table.get(second).unwrap(), 'b');
    }
}
