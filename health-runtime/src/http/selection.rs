//! `?tag=` and `?exclude=`.

use std::collections::BTreeSet;

use axum::http::{HeaderName, HeaderValue};

use crate::health::{Health, Selection};
use crate::probe::Probe;

/// The longest header, in bytes: proxies refuse answers with much longer ones.
const LONGEST: usize = 1024;

/// In the place of the names for which the header has no room.
const MORE: &str = ", ...";

/// In the place of all texts that cannot be a name, which are not repeated: a list with commas, capitals.
const INVALID: &str = "(invalid)";

/// The selection that a query asks for. Other parameters are ignored.
pub(super) fn parse(query: Option<&str>) -> Selection {
    let parameters = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    parameters.fold(Selection::all(), |selection, (parameter, value)| match &*parameter {
        "tag" => selection.tag(value),
        "exclude" => selection.exclude(value),
        _ => selection,
    })
}

/// The header with the excluded names that match no check.
pub(super) fn ignored(health: &Health, probe: Probe, selection: &Selection) -> Option<[(HeaderName, HeaderValue); 1]> {
    let ignored: BTreeSet<_> = health.ignored(probe, selection).map(|name| name.unwrap_or(INVALID)).collect();
    let mut names = String::new();
    for name in ignored {
        let separator = if names.is_empty() { "" } else { ", " };
        if names.len() + separator.len() + name.len() > LONGEST - MORE.len() {
            names.push_str(MORE);
            break;
        }
        names.extend([separator, name]);
    }
    let names = HeaderValue::from_str(&names).ok().filter(|names| !names.is_empty())?;
    Some([(HeaderName::from_static("health-ignored"), names)])
}
