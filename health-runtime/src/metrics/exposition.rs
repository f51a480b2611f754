//! Writes the metrics in the format that the client prefers.

use std::fmt::Write as _;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::registry::Registry;

use super::collector::MetricsCollector;
use super::requests::Totals;
use crate::health::Health;

/// A format. If the client has no preference, the first one is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Prometheus text 0.0.4.
    Text,
    /// `OpenMetrics` 1.0.
    OpenMetrics,
    /// A JSON object with three figures of the requests.
    Json,
}

/// The metrics of one service.
#[derive(Debug)]
pub(crate) struct Exposition(Registry);

/// How specifically a media range in `Accept` matches a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    All,
    Type,
    Exact,
}

impl Format {
    const ALL: [Self; 3] = [Self::Text, Self::OpenMetrics, Self::Json];

    /// The format that a client prefers; text if it accepts none of them.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        let ranges = headers.get_all(ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
        let ranges: Vec<_> = ranges.flat_map(|value| value.split(',')).collect();
        let quality = |format: Self| {
            let fitting = ranges.iter().enumerate().filter_map(|(place, range)| {
                let (fit, quality) = format.fit(range)?;
                Some((fit, quality, usize::MAX - place))
            });
            // The most specific range decides the quality.
            fitting.max().map(|(fit, quality, place)| (quality, fit, place))
        };
        // Reversed, since `max` returns the last of equal elements.
        let best = Self::ALL.into_iter().rev().filter_map(|format| Some((quality(format)?, format)));
        let best = best.filter(|((quality, ..), _)| *quality > 0).max_by_key(|(quality, _)| *quality);
        best.map_or(Self::Text, |(_, format)| format)
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Text => prometheus_text::CONTENT_TYPE,
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Json => "application/json",
        }
    }

    /// The media type, and the version of the format.
    fn media_type(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Text => ("text/plain", Some("0.0.4")),
            Self::OpenMetrics => ("application/openmetrics-text", Some("1.0.0")),
            Self::Json => ("application/json", None),
        }
    }

    /// How specifically a media range matches, and its quality in thousandths. Unknown parameters are ignored.
    fn fit(self, range: &str) -> Option<(Fit, u16)> {
        let mut parts = range.split(';').map(str::trim);
        let media_type = parts.next()?.to_ascii_lowercase();
        let (ours, our_version) = self.media_type();
        let (kind, _) = ours.split_once('/')?;
        let fit = match media_type.strip_suffix("/*") {
            Some("*") => Fit::All,
            Some(range) if range == kind => Fit::Type,
            None if media_type == ours => Fit::Exact,
            _ => return None,
        };
        let mut quality = 1000;
        for (name, value) in parts.filter_map(|parameter| parameter.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "q" => quality = thousandths(value)?,
                "version" if our_version.is_some_and(|version| version != value) => return None,
                _ => {}
            }
        }
        Some((fit, quality))
    }
}

impl Exposition {
    pub(crate) fn new(health: &Health) -> Self {
        let mut registry = health.metrics_prefix().map_or_else(Registry::default, Registry::with_prefix);
        registry.register_collector(Box::new(MetricsCollector::new(health)));
        Self(registry)
    }

    pub(crate) fn write(&self, format: Format, health: &Health) -> String {
        let mut written = String::new();
        let result = match format {
            Format::Text => prometheus_text::encode(&mut written, &self.0),
            Format::OpenMetrics => text::encode(&mut written, &self.0),
            Format::Json => {
                let Totals { requests, errors, average_seconds } = health.requests().totals();
                write!(
                    written,
                    r#"{{"requests_total":{requests},"errors_total":{errors},"avg_latency_seconds":{average_seconds:.4}}}"#
                )
            }
        };
        result.expect("a text takes all that is written to it");
        written
    }
}

/// A quality value (RFC 9110, section 12.4.2) in thousandths; `None` if it is malformed.
fn thousandths(quality: &str) -> Option<u16> {
    let (whole, decimals) = quality.split_once('.').unwrap_or((quality, ""));
    let digits = |text: &str| text.len() <= 3 && text.bytes().all(|digit| digit.is_ascii_digit());
    if !digits(decimals) || !["0", "1"].contains(&whole) {
        return None;
    }
    let thousandths = format!("{whole}{decimals:0<3}").parse().ok()?;
    (thousandths <= 1000).then_some(thousandths)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn accepted(values: &[&str]) -> Format {
        let values = values.iter().map(|value| (ACCEPT, HeaderValue::from_str(value).unwrap()));
        Format::accepted(&values.collect())
    }

    #[test]
    fn the_headers_of_prometheus_get_openmetrics() {
        for version in [
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;escaping=allow-utf-8;q=0.3,*/*;q=0.2",
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        ] {
            assert_eq!(accepted(&[version]), Format::OpenMetrics, "{version}");
        }
    }

    #[test]
    fn the_most_specific_range_decides_the_quality_and_the_highest_quality_wins() {
        for (accept, format) in [
            ("", Format::Text),
            ("*/*", Format::Text),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Format::Text),
            ("application/json", Format::Json),
            ("APPLICATION/JSON ; charset=utf-8", Format::Json),
            ("application/json, text/plain, */*", Format::Json),
            ("text/plain, application/json", Format::Text),
            ("application/json;q=0.9, text/plain;q=0.8", Format::Json),
            ("application/json;q=0.8, text/plain;q=0.9", Format::Text),
            ("application/*", Format::OpenMetrics),
            ("application/openmetrics-text", Format::OpenMetrics),
            ("application/openmetrics-text; version=\"1.0.0\"", Format::OpenMetrics),
            ("application/openmetrics-text;version=0.0.1", Format::Text),
            ("application/openmetrics-text;version=2.0.0, application/json;q=0.1", Format::Json),
            ("text/plain;version=1.0.0, application/json;q=0.1", Format::Json),
            ("*/*, text/plain;q=0, application/openmetrics-text;q=0", Format::Json),
            ("text/*, text/plain;q=0.1, application/json;q=0.5", Format::Json),
            ("application/json;q=0", Format::Text),
            ("application/json;q=2, text/plain;q=0.1", Format::Text),
            ("image/png", Format::Text),
            (";;;,,=,q=1", Format::Text),
        ] {
            assert_eq!(accepted(&[accept]), format, "{accept}");
        }
        assert_eq!(accepted(&["text/plain;q=0.1", "application/json"]), Format::Json);
        assert_eq!(Format::accepted(&HeaderMap::new()), Format::Text);
    }
}
