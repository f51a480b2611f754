//! What the engine does: who runs when, for how long, and what is answered meanwhile.

mod ages;
mod blocking;
mod control;
mod dependencies;
mod load;
mod panics;
mod phases;
mod properties;
mod runtimes;
mod schedules;
mod single_flight;
mod starting;
mod statuses;
mod timeouts;
mod transitions;
mod uncooperative_checks;
mod waiting;
