//! What the engine does: who runs when, for how long, and what is answered meanwhile.

mod ages;
mod blocking;
mod control;
mod dependencies;
mod homes;
mod neighbours;
mod panics;
mod phases;
mod properties;
mod schedules;
mod single_flight;
mod starting;
mod statuses;
mod storms;
mod timeouts;
mod transitions;
mod waiting;
