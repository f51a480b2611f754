//! A queue of entries by the time at which they are due.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::lock::lock;

/// A queue from which tasks or the watch thread take due entries.
#[derive(Debug)]
pub(super) struct Timers<Q> {
    queue: Mutex<Guarded<Q>>,
    /// Wakes the tasks: an entry is due before they would wake.
    earlier: Notify,
}

#[derive(Debug)]
struct Guarded<Q> {
    entries: Q,
    /// The time until which the tasks sleep.
    armed: Option<Instant>,
    is_closed: bool,
}

/// The storage of a queue.
pub(super) trait Entries: Default {
    type Entry;
    /// Determines when an entry is due.
    type Due: Copy;
    /// An entry's place.
    type Ticket: Copy;

    fn add(&mut self, due: Self::Due, entry: Self::Entry) -> (Instant, Self::Ticket);
    fn remove(&mut self, ticket: Self::Ticket) -> Option<Self::Entry>;
    fn first(&self) -> Option<(Instant, &Self::Entry)>;
    fn take_first(&mut self) -> Option<Self::Entry>;
    /// All entries, in any order.
    fn take(&mut self, which: impl Fn(&Self::Entry) -> bool) -> Vec<Self::Entry>;
}

/// What adding an entry did.
pub(super) struct Added<T> {
    pub(super) ticket: T,
    /// Whether the queue was empty before.
    pub(super) is_first: bool,
}

impl<Q: Entries> Default for Timers<Q> {
    fn default() -> Self {
        let queue = Guarded { entries: Q::default(), armed: None, is_closed: false };
        Self { queue: Mutex::new(queue), earlier: Notify::new() }
    }
}

impl<Q: Entries> Timers<Q> {
    /// Adds an entry; returns `None` if the queue is closed.
    pub(super) fn add(&self, due: Q::Due, entry: Q::Entry) -> Option<Added<Q::Ticket>> {
        let mut queue = lock(&self.queue);
        if queue.is_closed {
            return None;
        }
        let is_first = queue.entries.first().is_none();
        let (due, ticket) = queue.entries.add(due, entry);
        let is_earlier = queue.armed.is_none_or(|armed| due < armed);
        if is_earlier {
            queue.armed = Some(due);
        }
        drop(queue);
        if is_earlier {
            self.earlier.notify_waiters();
        }
        Some(Added { ticket, is_first })
    }

    /// Takes out an entry, unless it was taken already.
    pub(super) fn remove(&self, ticket: Q::Ticket) -> Option<Q::Entry> {
        lock(&self.queue).entries.remove(ticket)
    }

    /// Takes out these entries.
    pub(super) fn take(&self, which: impl Fn(&Q::Entry) -> bool) -> Vec<Q::Entry> {
        lock(&self.queue).entries.take(which)
    }

    /// Takes out all entries, and closes the queue.
    pub(super) fn close(&self) -> Vec<Q::Entry> {
        let mut queue = lock(&self.queue);
        queue.is_closed = true;
        queue.entries.take(|_| true)
    }

    /// The time at which the first entry is due, and a part of that entry.
    pub(super) fn first<U>(&self, of: impl FnOnce(&Q::Entry) -> U) -> Option<(Instant, U)> {
        lock(&self.queue).entries.first().map(|(due, entry)| (due, of(entry)))
    }

    /// Takes out the first entry, if it is due by then.
    pub(super) fn take_due(&self, by: Instant) -> Option<Q::Entry> {
        lock(&self.queue).take_due(by)
    }

    /// Waits until the next entry is due, and takes it out. Cancel safe.
    pub(super) async fn next(&self) -> Q::Entry {
        loop {
            // Created before the look at the queue, so that no earlier entry is missed.
            let earlier = self.earlier.notified();
            let armed = {
                let mut queue = lock(&self.queue);
                if let Some(entry) = queue.take_due(Instant::now()) {
                    return entry;
                }
                queue.armed = queue.entries.first().map(|(due, _)| due);
                queue.armed
            };
            match armed {
                Some(due) => tokio::select! {
                    () = sleep_until(due) => {}
                    () = earlier => {}
                },
                None => earlier.await,
            }
        }
    }
}

impl<Q: Entries> Guarded<Q> {
    fn take_due(&mut self, by: Instant) -> Option<Q::Entry> {
        self.entries.first().is_some_and(|(due, _)| due <= by).then(|| self.entries.take_first()).flatten()
    }
}

/// Entries by the time at which they are due.
#[derive(Debug)]
pub(super) struct ByTime<T> {
    entries: BTreeMap<(Instant, u64), T>,
    added: u64,
}

impl<T> Default for ByTime<T> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), added: 0 }
    }
}

impl<T> Entries for ByTime<T> {
    type Entry = T;
    type Due = Instant;
    type Ticket = (Instant, u64);

    fn add(&mut self, due: Instant, entry: T) -> (Instant, (Instant, u64)) {
        self.added += 1;
        self.entries.insert((due, self.added), entry);
        (due, (due, self.added))
    }

    fn remove(&mut self, ticket: (Instant, u64)) -> Option<T> {
        self.entries.remove(&ticket)
    }

    fn first(&self) -> Option<(Instant, &T)> {
        self.entries.first_key_value().map(|((due, _), entry)| (*due, entry))
    }

    fn take_first(&mut self) -> Option<T> {
        self.entries.pop_first().map(|(_, entry)| entry)
    }

    fn take(&mut self, which: impl Fn(&T) -> bool) -> Vec<T> {
        let (taken, left) = std::mem::take(&mut self.entries).into_iter().partition(|(_, entry)| which(entry));
        self.entries = left;
        BTreeMap::into_values(taken).collect()
    }
}

/// Entries that are due a certain limit after their start, in a line for each limit. A line is in the order of the starts, so nothing has
/// to be sorted.
#[derive(Debug)]
pub(super) struct ByLimit<T>(Vec<Line<T>>);

#[derive(Debug)]
struct Line<T> {
    limit: Duration,
    /// In the order of their numbers and times. A removed entry leaves an empty place until it is the first, or most places are empty.
    places: VecDeque<Place<T>>,
    taken: usize,
    added: u64,
}

#[derive(Debug)]
struct Place<T> {
    number: u64,
    due: Instant,
    entry: Option<T>,
}

impl<T> Default for ByLimit<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Entries for ByLimit<T> {
    type Entry = T;
    /// The start, and the limit.
    type Due = (Instant, Duration);
    /// The line, and the number in it.
    type Ticket = (usize, u64);

    fn add(&mut self, (started, limit): (Instant, Duration), entry: T) -> (Instant, (usize, u64)) {
        let line = self.0.iter().position(|line| line.limit == limit).unwrap_or_else(|| {
            self.0.push(Line { limit, places: VecDeque::new(), taken: 0, added: 0 });
            self.0.len() - 1
        });
        let (due, number) = self.0[line].add(started + limit, entry);
        (due, (line, number))
    }

    fn remove(&mut self, (line, number): (usize, u64)) -> Option<T> {
        self.0[line].remove(number)
    }

    fn first(&self) -> Option<(Instant, &T)> {
        self.0.iter().filter_map(Line::first).min_by_key(|(due, _)| *due)
    }

    fn take_first(&mut self) -> Option<T> {
        let line = self.0.iter_mut().filter(|line| line.first().is_some()).min_by_key(|line| line.places[0].due)?;
        let number = line.places[0].number;
        line.remove(number)
    }

    fn take(&mut self, which: impl Fn(&T) -> bool) -> Vec<T> {
        let lines = self.0.iter_mut();
        lines.flat_map(|line| line.take(&which)).collect()
    }
}

impl<T> Line<T> {
    /// The number of places that an empty line keeps.
    const SPARE: usize = 256;

    fn add(&mut self, due: Instant, entry: T) -> (Instant, u64) {
        // Two threads may arrive here in another order than that in which they have read the clock.
        let due = self.places.back().map_or(due, |last| due.max(last.due));
        self.added += 1;
        self.places.push_back(Place { number: self.added, due, entry: Some(entry) });
        (due, self.added)
    }

    fn remove(&mut self, number: u64) -> Option<T> {
        let first = self.places.front()?.number;
        let guess = usize::try_from(number.checked_sub(first)?).ok()?;
        let place = match self.places.get(guess) {
            Some(place) if place.number == number => guess,
            _ => self.places.binary_search_by_key(&number, |place| place.number).ok()?,
        };
        let entry = self.places[place].entry.take()?;
        self.taken += 1;
        self.tidy();
        Some(entry)
    }

    fn first(&self) -> Option<(Instant, &T)> {
        let Place { due, entry, .. } = self.places.front()?;
        Some((*due, entry.as_ref()?))
    }

    fn take(&mut self, which: &impl Fn(&T) -> bool) -> Vec<T> {
        let taken: Vec<_> =
            self.places.iter_mut().filter_map(|place| place.entry.take_if(|entry| which(entry))).collect();
        self.taken += taken.len();
        self.tidy();
        taken
    }

    /// Restores the order: an entry at the front, and at most as many empty places behind it as entries.
    fn tidy(&mut self) {
        while self.places.front().is_some_and(|place| place.entry.is_none()) {
            self.places.pop_front();
            self.taken -= 1;
        }
        if self.taken > self.places.len() / 2 {
            self.places.retain(|place| place.entry.is_some());
            self.taken = 0;
        }
        if self.places.is_empty() {
            self.places.shrink_to(Self::SPARE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_enters_a_closed_queue() {
        let timers = Timers::<ByTime<_>>::default();
        assert!(timers.add(Instant::now(), 1).is_some());
        assert_eq!(timers.close(), [1]);
        assert!(timers.add(Instant::now(), 2).is_none());
        assert!(timers.first(|_| ()).is_none());
    }

    /// Both queues, and a plain list, do the same over random operations.
    #[test]
    fn entries_by_limit_are_in_the_order_of_those_by_time() {
        let mut random = fastrand::Rng::with_seed(7);
        let (mut by_limit, mut by_time) = (ByLimit::default(), ByTime::default());
        let (start, mut now, mut tickets) = (Instant::now(), Duration::ZERO, Vec::new());
        for number in 0..20_000 {
            now += Duration::from_millis(random.u64(0..3));
            match random.u8(..10) {
                0..5 => {
                    let limit = Duration::from_millis([100, 100, 5_000, 7][random.usize(..4)]);
                    let (due, limited) = by_limit.add((start + now, limit), number);
                    let (expected, timed) = by_time.add(start + now + limit, number);
                    assert_eq!(due, expected);
                    tickets.push((limited, timed));
                }
                5..8 if !tickets.is_empty() => {
                    let (limited, timed) = tickets.swap_remove(random.usize(..tickets.len()));
                    assert_eq!(by_limit.remove(limited), by_time.remove(timed));
                }
                _ => {
                    let due = |first: Option<(Instant, &i32)>| first.map(|(due, _)| due);
                    assert_eq!(due(by_limit.first()), due(by_time.first()));
                    if let Some((due, _)) = by_limit.first().filter(|(due, _)| *due <= start + now) {
                        let entry = by_limit.take_first().unwrap();
                        let same = by_time.take(|other| *other == entry);
                        assert_eq!(same, [entry], "due at {due:?}");
                    }
                }
            }
        }
        assert!(by_limit.0.iter().all(|line| line.places.len() <= 2 * (line.places.len() - line.taken) + 1));
    }

    #[test]
    fn a_hung_entry_keeps_no_places_of_those_behind_it() {
        let mut entries = ByLimit::default();
        let due = (Instant::now(), Duration::from_secs(5));
        entries.add(due, 0);
        for number in 1..10_000 {
            let (_, ticket) = entries.add(due, number);
            assert_eq!(entries.remove(ticket), Some(number));
        }
        assert!(entries.0[0].places.len() < 10, "{}", entries.0[0].places.len());
        assert_eq!(entries.take_first(), Some(0));
    }
}
