//! Lists that callers hold: of names, and of keys with values.

use crate::types::{KeyValue, List};
use capi_pcmk::functions;
use std::ffi::{CStr, CString, c_char};
use std::ptr::null_mut;

/// A cleared structure of malloc(3)'s, so that C can free it; null where there is no memory.
pub(crate) fn allocate<T>() -> *mut T {
    // SAFETY: calloc(3): a size and a count
    unsafe { libc::calloc(1, size_of::<T>()) }.cast()
}

/// A copy of a caller's text, for free(3); null for null.
///
/// # Safety
/// `text` is null or a string.
pub(crate) unsafe fn copy(text: *const c_char) -> *mut c_char {
    if text.is_null() {
        return null_mut();
    }
    // SAFETY: strdup(3): a string, by the caller's contract
    unsafe { libc::strdup(text) }
}

/// Frees a text of malloc(3)'s; null is nothing.
///
/// # Safety
/// Nobody uses it any more.
pub(crate) unsafe fn free(text: *mut c_char) {
    // SAFETY: free(3): null or of malloc's, by the caller's contract
    unsafe { libc::free(text.cast()) };
}

/// The texts of a list.
///
/// # Safety
/// `list` is null or a list that lives as long as `'a` and doesn't change.
pub(crate) unsafe fn names<'a>(list: *const List) -> impl Iterator<Item = &'a CStr> {
    // SAFETY: null or a list's element, by the caller's contract
    std::iter::successors(unsafe { list.as_ref() }, |each| unsafe { each.next.as_ref() })
        .filter(|each| !each.value.is_null())
        // SAFETY: not null, and a string
        .map(|each| unsafe { CStr::from_ptr(each.value) })
}

/// Keys and their values.
///
/// # Safety
/// As for [`names`].
pub(crate) unsafe fn pairs<'a>(list: *const KeyValue) -> impl Iterator<Item = (&'a CStr, &'a CStr)> {
    // SAFETY: null or a list's element, by the caller's contract
    std::iter::successors(unsafe { list.as_ref() }, |each| unsafe { each.next.as_ref() })
        .filter(|each| !each.key.is_null() && !each.value.is_null())
        // SAFETY: not null, and strings
        .map(|each| unsafe { (CStr::from_ptr(each.key), CStr::from_ptr(each.value)) })
}

/// Builds a list from its first element on.
pub(crate) struct Builder<T> {
    end: *mut *mut T,
    next: fn(*mut T) -> *mut *mut T,
}

impl<T> Builder<T> {
    /// # Safety
    /// `head` is the place of a list, which nobody else changes as long as the builder is used; `next` gives the place of
    /// the next element.
    unsafe fn new(head: *mut *mut T, next: fn(*mut T) -> *mut *mut T) -> Builder<T> {
        let mut builder = Builder { end: head, next };
        // SAFETY: a place, by the caller's contract; then the place in an element
        while !unsafe { *builder.end }.is_null() {
            // SAFETY: the same
            builder.end = next(unsafe { *builder.end });
        }
        builder
    }

    fn push(&mut self, element: *mut T) {
        if !element.is_null() {
            // SAFETY: the place of the last element's successor
            unsafe { *self.end = element };
            self.end = (self.next)(element);
        }
    }
}

impl Builder<List> {
    /// Appends to the list of names at a place.
    ///
    /// # Safety
    /// `head` is the place of a list, which nobody else changes as long as the builder is used.
    pub(crate) unsafe fn names(head: *mut *mut List) -> Builder<List> {
        // SAFETY: the caller's contract, passed on; elements are of this library
        unsafe { Builder::new(head, |element| &raw mut (*element).next) }
    }

    pub(crate) fn name(&mut self, name: &CStr) {
        let element = allocate::<List>();
        // SAFETY: null, or cleared and ours; strdup(3): a string
        if let Some(element) = unsafe { element.as_mut() } {
            // SAFETY: a string
            element.value = unsafe { copy(name.as_ptr()) };
        }
        self.push(element);
    }
}

impl Builder<KeyValue> {
    /// Appends to the list of pairs at a place.
    ///
    /// # Safety
    /// As for [`Builder::names`].
    pub(crate) unsafe fn pairs(head: *mut *mut KeyValue) -> Builder<KeyValue> {
        // SAFETY: the caller's contract, passed on; elements are of this library
        unsafe { Builder::new(head, |element| &raw mut (*element).next) }
    }

    pub(crate) fn pair(&mut self, key: &CStr, value: &CStr) {
        let element = allocate::<KeyValue>();
        // SAFETY: null, or cleared and ours
        if let Some(element) = unsafe { element.as_mut() } {
            // SAFETY: strings
            unsafe {
                element.key = copy(key.as_ptr());
                element.value = copy(value.as_ptr());
            }
        }
        self.push(element);
    }
}

/// Pairs of this library's own, freed with it.
pub(crate) struct Pairs(pub(crate) Vec<(CString, CString)>);

impl Pairs {
    /// A list for a function that frees it.
    pub(crate) fn give(&self) -> *mut KeyValue {
        let mut head = null_mut();
        // SAFETY: a place of our own
        let mut builder = unsafe { Builder::pairs(&raw mut head) };
        for (key, value) in &self.0 {
            builder.pair(key, value);
        }
        head
    }
}

functions! {
    /// `lrmd_key_value_add()`: appends a pair; gives the list's first element.
    ///
    /// # Safety
    /// `head` is null or a list of this library; `key` and `value` are strings.
    export fn lrmd_key_value_add(head: *mut KeyValue, key: *const c_char, value: *const c_char) -> *mut KeyValue, or head => {
        let mut head = head;
        if !key.is_null() && !value.is_null() {
            // SAFETY: a place of our own, the caller's list, strings
            unsafe { Builder::pairs(&raw mut head).pair(CStr::from_ptr(key), CStr::from_ptr(value)) };
        }
        head
    }

    /// `lrmd_key_value_freeall()`.
    ///
    /// # Safety
    /// `head` is null or a list of this library that nobody uses any more.
    export fn lrmd_key_value_freeall(head: *mut KeyValue) -> (), or () => {
        let mut head = head;
        // SAFETY: null or an element, by the caller's contract
        while let Some(element) = unsafe { head.as_ref() } {
            let next = element.next;
            // SAFETY: free(3): of malloc's, and nobody's any more
            unsafe {
                free(element.key);
                free(element.value);
                libc::free(head.cast());
            }
            head = next;
        }
    }

    /// `lrmd_list_freeall()`.
    ///
    /// # Safety
    /// As `lrmd_key_value_freeall()`.
    export fn lrmd_list_freeall(head: *mut List) -> (), or () => {
        let mut head = head;
        // SAFETY: null or an element, by the caller's contract
        while let Some(element) = unsafe { head.as_ref() } {
            let next = element.next;
            // SAFETY: free(3): of malloc's, and nobody's any more
            unsafe {
                free(element.value);
                libc::free(head.cast());
            }
            head = next;
        }
    }
}
