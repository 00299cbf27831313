//! The services without clients: mon, wd, pload
#![forbid(unsafe_code)]
