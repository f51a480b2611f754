//! A report as JSON that is sent more than once, each time with the time of day.

use std::time::SystemTime;

use axum::body::Bytes;

use super::{Report, json, timestamp};

/// The JSON of a report around its timestamp.
#[derive(Debug)]
pub(crate) struct Rendered {
    is_success: bool,
    before: Vec<u8>,
    after: Bytes,
}

impl Rendered {
    pub(crate) fn new(report: &Report) -> Self {
        let (mut json, time) = json::write(report);
        let after = json.split_off(time).split_off(timestamp::LENGTH);
        Self { is_success: report.is_success(), before: json, after: after.into() }
    }

    pub(crate) fn is_success(&self) -> bool {
        self.is_success
    }

    /// The report as of now, in two parts.
    pub(crate) fn now(&self) -> [Bytes; 2] {
        let mut first = Vec::with_capacity(self.before.len() + timestamp::LENGTH);
        first.extend_from_slice(&self.before);
        first.extend_from_slice(&timestamp::text(SystemTime::now()));
        [first.into(), self.after.clone()]
    }
}
