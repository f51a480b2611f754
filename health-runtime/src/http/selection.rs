//! `?tag=` and `?exclude=`.

use axum::http::{HeaderName, HeaderValue};

use crate::health::{Health, Selection};
use crate::probe::Probe;

/// The selection that a query asks for. Other parameters are somebody else's.
pub(super) fn parse(query: Option<&str>) -> Selection {
    let parameters = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    parameters.fold(Selection::all(), |selection, (parameter, value)| match &*parameter {
        "tag" => selection.tag(value),
        "exclude" => selection.exclude(value),
        _ => selection,
    })
}

/// The header that names what was excluded in vain; what could not be the name of a check is not repeated.
pub(super) fn ignored(health: &Health, probe: Probe, selection: &Selection) -> Option<[(HeaderName, HeaderValue); 1]> {
    let names: Vec<_> = health.ignored(probe, selection).collect();
    let names = HeaderValue::from_str(&names.join(", ")).ok().filter(|names| !names.is_empty())?;
    Some([(HeaderName::from_static("health-ignored"), names)])
}
