//! A report that is sent more than once, each time with a new timestamp.

use std::sync::OnceLock;
use std::time::SystemTime;

use bytes::Bytes;

use super::{FORMATS, Format, Written};
use crate::report::{Report, timestamp};

/// A report in each format that clients have asked for.
#[derive(Debug, Default)]
pub(crate) struct Renderings([OnceLock<Rendered>; FORMATS.len()]);

/// A report in one format, around its timestamp.
#[derive(Debug)]
pub(crate) struct Rendered {
    is_success: bool,
    before: Vec<u8>,
    after: Bytes,
}

impl Renderings {
    /// The report in the format with this index.
    pub(crate) fn get(&self, format: usize, report: &Report) -> &Rendered {
        self.0[format].get_or_init(|| Rendered::new(&FORMATS[format], report))
    }
}

impl Rendered {
    fn new(format: &Format, report: &Report) -> Self {
        let Written { bytes: mut before, timestamp } = (format.write)(report);
        let after = before.split_off(timestamp).split_off(timestamp::LENGTH);
        Self { is_success: report.is_success(), before, after: after.into() }
    }

    pub(crate) fn is_success(&self) -> bool {
        self.is_success
    }

    /// The report with the current timestamp, in two parts.
    pub(crate) fn now(&self) -> [Bytes; 2] {
        let mut first = Vec::with_capacity(self.before.len() + timestamp::LENGTH);
        first.extend_from_slice(&self.before);
        first.extend_from_slice(&timestamp::text(SystemTime::now()));
        [first.into(), self.after.clone()]
    }
}
