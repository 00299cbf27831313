//! The daemon as its administrator meets it: exit codes and messages of starts that fail, and the life of one that
//! doesn't, changes and hostile clients included. Every test has namespaces of its own, so nothing here meets a daemon of this
//! machine.

#[path = "startup/daemon.rs"]
mod daemon;
#[path = "startup/flight.rs"]
mod flight;
#[path = "startup/hostile.rs"]
mod hostile;
#[path = "startup/life.rs"]
mod life;
#[path = "startup/live.rs"]
mod live;
#[path = "startup/logs.rs"]
mod logs;
#[path = "startup/machine.rs"]
mod machine;
#[path = "startup/manual.rs"]
mod manual;
#[path = "startup/refused.rs"]
mod refused;
