//! Reports as JSON, written by hand: most texts need no escaping, and a serializer would scan all of them.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{Format, Written};
use crate::report::{CheckReport, Report, hundredths_of_milliseconds, timestamp};
use crate::schema;

pub(super) const FORMAT: Format =
    Format { media_type: "application/json", write, schema: |report| json!({"$ref": schema::reference(report)}) };

/// Writes the same JSON as the report's `Serialize`.
fn write(report: &Report) -> Written {
    const PER_REPORT: usize = 256;
    const PER_CHECK: usize = 160;

    let checks = report.checks().count();
    let mut json = Vec::with_capacity(PER_REPORT + checks * PER_CHECK);
    member(&mut json, b"{\"status\":", report.status.as_str());
    if let Some(phase) = report.phase {
        member(&mut json, b",\"phase\":", phase.as_str());
    }
    json.extend_from_slice(b",\"timestamp\":\"");
    let timestamp = json.len();
    json.extend_from_slice(&timestamp::text(report.timestamp));
    json.extend_from_slice(b"\",\"version\":");
    escaped(&mut json, &report.version);
    if let Some(service) = &report.service {
        json.extend_from_slice(b",\"service\":");
        escaped(&mut json, service);
    }
    if report.checks.is_some() {
        json.extend_from_slice(b",\"checks\":{");
        for (number, (name, check)) in report.checks().enumerate() {
            if number > 0 {
                json.push(b',');
            }
            word(&mut json, name);
            json.push(b':');
            write_check(&mut json, check);
        }
        json.push(b'}');
    }
    json.push(b'}');
    Written { bytes: json, timestamp }
}

fn write_check(json: &mut Vec<u8>, check: &CheckReport) {
    member(json, b"{\"status\":", check.status.as_str());
    if let Some(reason) = check.reason {
        member(json, b",\"reason\":", reason.as_str());
    }
    if let Some(message) = &check.message {
        json.extend_from_slice(b",\"message\":");
        escaped(json, message.as_str());
    }
    if let Some(time) = check.response_time {
        json.extend_from_slice(b",\"response_time_ms\":");
        milliseconds(json, time);
    }
    if let Some(at) = check.observed_at {
        time(json, b",\"observed_at\":", at);
    }
    if let Some(since) = check.running_since {
        time(json, b",\"running_since\":", since);
    }
    if check.consecutive_failures > 0 {
        json.extend_from_slice(b",\"consecutive_failures\":");
        number(json, check.consecutive_failures.into());
    }
    if check.forced {
        json.extend_from_slice(b",\"forced\":true");
    }
    if check.excluded {
        json.extend_from_slice(b",\"excluded\":true");
    }
    if let Some(details) = &check.details {
        json.extend_from_slice(b",\"details\":");
        json.extend_from_slice(details.json().get().as_bytes());
    }
    json.push(b'}');
}

fn member(json: &mut Vec<u8>, name: &[u8], value: &str) {
    json.extend_from_slice(name);
    word(json, value);
}

/// A text that needs no escaping: a constant, or the name of a check.
fn word(json: &mut Vec<u8>, word: &str) {
    json.push(b'"');
    json.extend_from_slice(word.as_bytes());
    json.push(b'"');
}

fn escaped(json: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(json, text).expect("a text is always written to memory");
}

fn time(json: &mut Vec<u8>, name: &[u8], time: SystemTime) {
    json.extend_from_slice(name);
    json.push(b'"');
    json.extend_from_slice(&timestamp::text(time));
    json.push(b'"');
}

/// With one or two decimals, like the floating-point numbers of `serde_json`.
fn milliseconds(json: &mut Vec<u8>, duration: Duration) {
    let hundredths = hundredths_of_milliseconds(duration);
    number(json, hundredths / 100);
    let rest = u8::try_from(hundredths % 100).unwrap_or_default();
    json.extend_from_slice(&[b'.', b'0' + rest / 10]);
    if rest % 10 > 0 {
        json.push(b'0' + rest % 10);
    }
}

fn number(json: &mut Vec<u8>, number: u64) {
    if number >= 10 {
        self::number(json, number / 10);
    }
    json.push(b'0' + u8::try_from(number % 10).unwrap_or_default());
}
