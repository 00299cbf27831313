//! Memory locking, scheduling, limits, readiness, process data
