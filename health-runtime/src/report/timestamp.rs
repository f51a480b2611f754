//! RFC 3339 timestamps, in UTC with milliseconds.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use serde::{Serializer, ser};

/// `2026-11-22T13:05:00.123Z`.
pub(super) const LENGTH: usize = 24;

/// The position of the milliseconds.
const MILLISECONDS: std::ops::Range<usize> = 20..23;

thread_local! {
    /// The last text of this thread and its second: most timestamps are of the same second.
    static LAST: Cell<(u64, [u8; LENGTH])> = const { Cell::new((u64::MAX, [0; LENGTH])) };
}

/// The text of a time between the years 1970 and 9999.
pub(crate) fn text(time: SystemTime) -> [u8; LENGTH] {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (second, mut text) = LAST.get();
    if second != since.as_secs() {
        text = format(since);
        LAST.set((since.as_secs(), text));
    }
    let digits = since.subsec_millis();
    for (place, unit) in MILLISECONDS.zip([100, 10, 1]) {
        text[place] = b'0' + u8::try_from(digits / unit % 10).unwrap_or_default();
    }
    text
}

fn format(since: Duration) -> [u8; LENGTH] {
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let text = std::format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z");
    text.as_bytes().try_into().unwrap_or(*b"9999-12-31T23:59:59.999Z")
}

/// The Gregorian year, month and day that are this many days after 1 January 1970.
///
/// Years are counted from March, so that a leap day is the last day of its year, and in cycles of 400 years.
fn date(days: u64) -> (u64, u64, u64) {
    const CYCLE: u64 = 400 * 365 + 97;
    // From 1 March of the year 0.
    let days = days + 719_468;
    let (cycle, day) = (days / CYCLE, days % CYCLE);
    let year = (day - day / 1_460 + day / 36_524 - day / (CYCLE - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (is_next, month) = if month < 10 { (0, month + 3) } else { (1, month - 9) };
    (cycle * 400 + year + is_next, month, day)
}

pub(crate) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let text = text(*time);
    serializer.serialize_str(std::str::from_utf8(&text).map_err(ser::Error::custom)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_eight_thousand_years_is_the_one_after_the_day_before() {
        let is_leap = |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
        let mut expected = (1970, 1, 1);
        for days in 0..2_932_897 {
            assert_eq!(date(days), expected, "day {days}");
            let (year, month, day) = expected;
            let longest = match month {
                2 => 28 + u64::from(is_leap(year)),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            expected = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                (month, day) if day == longest => (year, month + 1, 1),
                (month, day) => (year, month, day + 1),
            };
        }
        assert_eq!(expected, (10_000, 1, 1));
    }

    #[test]
    fn a_time_beyond_the_year_9999_is_the_last_of_it() {
        let late = SystemTime::UNIX_EPOCH + Duration::from_secs(400_000_000_000);
        assert_eq!(&text(late)[..19], b"9999-12-31T23:59:59");
    }

    #[test]
    fn the_milliseconds_are_cut_and_the_second_is_remembered() {
        let at =
            |millis| String::from_utf8(text(SystemTime::UNIX_EPOCH + Duration::from_millis(millis)).to_vec()).unwrap();
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(1_767_225_599_999), "2025-12-31T23:59:59.999Z");
        assert_eq!(at(1_767_225_600_000), "2026-01-01T00:00:00.000Z");
        assert_eq!(at(1_767_225_600_047), "2026-01-01T00:00:00.047Z");
        assert_eq!(at(1_767_225_599_120), "2025-12-31T23:59:59.120Z");
    }
}
