//! Times of day as RFC 3339 has them, in UTC with milliseconds.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use serde::{Serializer, ser};

/// `2026-11-22T13:05:00.123Z`.
pub(super) const LENGTH: usize = 24;

/// Where the milliseconds stand.
const MILLISECONDS: std::ops::Range<usize> = 20..23;

thread_local! {
    /// The last text that was made here, for the second that it belongs to: most of them are of the same.
    static LAST: Cell<(u64, [u8; LENGTH])> = const { Cell::new((u64::MAX, [0; LENGTH])) };
}

/// The text of a time between 1970 and 9999.
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
    let time = jiff::Timestamp::UNIX_EPOCH.checked_add(since).unwrap_or(jiff::Timestamp::MAX);
    std::format!("{time:.3}").as_bytes().try_into().unwrap_or(*b"9999-12-31T23:59:59.999Z")
}

pub(super) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let text = text(*time);
    serializer.serialize_str(std::str::from_utf8(&text).map_err(ser::Error::custom)?)
}

#[cfg(test)]
mod tests {
    use super::*;

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
