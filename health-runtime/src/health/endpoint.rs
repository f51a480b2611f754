//! The routes and their paths.

use std::collections::{BTreeMap, BTreeSet};

use crate::probe::Probe;
use crate::registry::Problem;

/// A route of the health endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// `GET /health` and `GET /health/{check}`.
    Live,
    /// `GET /ready` and `GET /ready/{check}`.
    Ready,
    /// `GET /startup` and `GET /startup/{check}`.
    Startup,
    /// `GET /metrics`.
    #[cfg(feature = "metrics")]
    Metrics,
    /// `GET /openapi.json`.
    OpenApi,
    /// `GET /docs`: Swagger UI for [`OpenApi`](Self::OpenApi); if that route is off, for the application's document at the same path.
    /// Off unless [`docs`](crate::HealthBuilder::docs) is called.
    #[cfg(feature = "swagger-ui")]
    Docs,
    /// `GET /status`: a status page for people. Always 200; not a probe. Shows the probes whose routes are on.
    Status,
    /// `GET /schemas/{model}.json`.
    Schemas,
}

impl Endpoint {
    const ALL: &[Self] = &[
        Self::Live,
        Self::Ready,
        Self::Startup,
        #[cfg(feature = "metrics")]
        Self::Metrics,
        Self::OpenApi,
        #[cfg(feature = "swagger-ui")]
        Self::Docs,
        Self::Status,
        Self::Schemas,
    ];

    /// Whether there are routes one segment below, whose names depend on the checks.
    fn has_paths_below(self) -> bool {
        match self {
            #[cfg(feature = "metrics")]
            Self::Metrics => false,
            Self::OpenApi | Self::Status => false,
            _ => true,
        }
    }

    fn default_path(self) -> &'static str {
        match self {
            Self::Live => "/health",
            Self::Ready => "/ready",
            Self::Startup => "/startup",
            #[cfg(feature = "metrics")]
            Self::Metrics => "/metrics",
            Self::OpenApi => "/openapi.json",
            #[cfg(feature = "swagger-ui")]
            Self::Docs => "/docs",
            Self::Status => "/status",
            Self::Schemas => "/schemas",
        }
    }
}

impl From<Probe> for Endpoint {
    fn from(probe: Probe) -> Self {
        match probe {
            Probe::Live => Self::Live,
            Probe::Ready => Self::Ready,
            Probe::Startup => Self::Startup,
        }
    }
}

/// The path of every route, and which routes are off.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    paths: BTreeMap<Endpoint, String>,
    without: BTreeSet<Endpoint>,
}

impl Default for Endpoints {
    fn default() -> Self {
        let paths = Endpoint::ALL.iter().map(|endpoint| (*endpoint, endpoint.default_path().to_owned()));
        Self {
            paths: paths.collect(),
            without: BTreeSet::from([
                #[cfg(feature = "swagger-ui")]
                Endpoint::Docs,
            ]),
        }
    }
}

impl Endpoints {
    pub(super) fn set(&mut self, endpoint: Endpoint, path: String) {
        self.paths.insert(endpoint, path);
    }

    pub(super) fn remove(&mut self, endpoint: Endpoint) {
        self.without.insert(endpoint);
    }

    #[cfg(feature = "swagger-ui")]
    pub(super) fn restore(&mut self, endpoint: Endpoint) {
        self.without.remove(&endpoint);
    }

    /// Puts every path below a common one.
    pub(super) fn under(mut self, base: &str) -> Self {
        for path in self.paths.values_mut() {
            path.insert_str(0, base);
        }
        self
    }

    /// The path of a route; `None` if it is off.
    pub(crate) fn path(&self, endpoint: Endpoint) -> Option<&str> {
        if self.without.contains(&endpoint) { None } else { self.address(endpoint) }
    }

    /// The path of a route, even if it is off and the application serves that path.
    pub(crate) fn address(&self, endpoint: Endpoint) -> Option<&str> {
        self.paths.get(&endpoint).map(String::as_str)
    }

    /// Whether one of the routes has this path or pattern.
    pub(crate) fn have(&self, path: &str) -> bool {
        self.paths.keys().any(|endpoint| {
            let rest = self.path(*endpoint).and_then(|route| path.strip_prefix(route));
            rest.is_some_and(|rest| {
                let below = rest.strip_prefix('/').is_some_and(|name| !name.contains('/'));
                rest.is_empty() || below && endpoint.has_paths_below()
            })
        })
    }

    /// Whether a path is that of a probe, perhaps of a router that is nested somewhere.
    pub(crate) fn have_probe_below(&self, path: &str) -> bool {
        let routes = [Endpoint::Live, Endpoint::Ready, Endpoint::Startup].map(|probe| self.path(probe));
        let one_or_below = |path: &str| {
            routes.into_iter().flatten().any(|route| {
                let rest = path.strip_prefix(route);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') && !rest[1..].contains('/'))
            })
        };
        path.match_indices('/').any(|(start, _)| one_or_below(&path[start..]))
    }

    /// Reports paths that are invalid, duplicate or hidden.
    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        let mut seen = Vec::new();
        for path in self.paths.keys().filter_map(|endpoint| self.path(*endpoint)) {
            if !is_path(path) {
                problems.push(Problem::InvalidPath { path: path.to_owned() });
            } else if seen.contains(&path) {
                problems.push(Problem::DuplicatePath { path: path.to_owned() });
            }
            seen.push(path);
        }
        let below = |path: &str| {
            let (parent, _) = path.rsplit_once('/')?;
            let parent = self
                .paths
                .keys()
                .find(|endpoint| endpoint.has_paths_below() && self.path(**endpoint) == Some(parent))?;
            self.path(*parent)
        };
        for path in seen {
            if let Some(parent) = below(path) {
                problems.push(Problem::HiddenPath { path: path.to_owned(), parent: parent.to_owned() });
            }
        }
    }
}

/// Whether a path consists of non-empty segments of RFC 3986 without percent-encoding.
pub(super) fn is_path(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()+,;=:@".contains(c);
    path.strip_prefix('/').is_some_and(|path| {
        path.split('/').all(|segment| {
            !["", ".", ".."].contains(&segment) && !segment.starts_with(':') && segment.chars().all(plain)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::is_path;

    #[test]
    fn a_path_is_made_of_plain_segments() {
        for path in ["/ready", "/ops/v1.2/ready", "/~me/@here"] {
            assert!(is_path(path), "{path}");
        }
        for path in [
            "", "/", "ready", "/ready/", "//ready", "/{check}", "/a b", "/*all", "/../x", "/%41", "/é", "/a?b",
            "/:ready", "/a/:b",
        ] {
            assert!(!is_path(path), "{path}");
        }
    }
}
