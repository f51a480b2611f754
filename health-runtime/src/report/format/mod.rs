//! The formats in which reports are sent. A new one is a file and a row.

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
    /// The schema of what is written of the report with this component in the document.
    pub(crate) schema: fn(&str) -> Value,
}

/// A report as it is sent.
struct Written {
    bytes: Vec<u8>,
    /// Where its timestamp starts, which is all that changes while the report is kept.
    timestamp: usize,
}

/// All formats; a client that asks for none gets the first.
pub(crate) const FORMATS: [Format; 1] = [json::FORMAT];

impl Format {
    pub(crate) fn write(&self, report: &Report) -> Vec<u8> {
        (self.write)(report).bytes
    }
}
