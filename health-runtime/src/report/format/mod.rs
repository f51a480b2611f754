//! The formats in which reports are sent. A new format needs a file and a row.

mod json;
mod rendered;

use serde_json::Value;

pub(crate) use rendered::{Rendered, Renderings};

use super::Report;

/// A format in which reports are sent.
#[derive(Debug)]
pub(crate) struct Format {
    pub(crate) media_type: &'static str,
    /// Writes a report.
    write: fn(&Report) -> Written,
    /// The schema of a report in this format, given the report's component in the document.
    pub(crate) schema: fn(&str) -> Value,
}

/// A report as it is sent.
struct Written {
    bytes: Vec<u8>,
    /// Where its timestamp starts. Only the timestamp changes while the report is kept.
    timestamp: usize,
}

/// All formats. The first is the default.
pub(crate) const FORMATS: [Format; 1] = [json::FORMAT];

impl Format {
    pub(crate) fn write(&self, report: &Report) -> Vec<u8> {
        (self.write)(report).bytes
    }
}
