//! The content of the page.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::REFRESH_SECONDS;
use super::details::Details;
use crate::health::{Endpoint, Health};
use crate::http::html::Text;
use crate::http::reference::relative;
use crate::outcome::CheckStatus;
use crate::probe::Probe;
use crate::report::{CheckReport, Phase, Report, ReportStatus, timestamp};

/// A probe, its report, and the URL of its route.
pub(super) struct Asked {
    pub(super) probe: Probe,
    pub(super) address: String,
    pub(super) report: Arc<Report>,
}

pub(super) struct Page<'a> {
    pub(super) health: &'a Health,
    pub(super) path: &'a str,
    pub(super) asked: Vec<Asked>,
    /// Whether the refresh is paused.
    pub(super) stays: bool,
}

/// A check, and the probes that include it.
struct Check<'a> {
    name: &'a str,
    description: Option<Cow<'static, str>>,
    report: &'a CheckReport,
    probes: Vec<&'static str>,
}

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.asked.iter().map(|asked| asked.report.status()).max().unwrap_or(ReportStatus::Healthy);
        let checks = self.checks();
        write!(
            f,
            include_str!("page.html"),
            title = Text(self.health.title()),
            word = word(status),
            class = class(status),
            icon = Icon(class(status)),
            favicon = Text(&favicon(class(status))),
            style = include_str!("page.css"),
            sentence = self.sentence(&checks),
            facts = self.facts(),
            probes = self.asked.iter().map(ToString::to_string).collect::<String>(),
            checks = list(&checks),
            refresh = self.refresh(),
            links = self.links(),
        )
    }
}

impl Page<'_> {
    /// The checks of all probes, the worst first.
    fn checks(&self) -> Vec<Check<'_>> {
        let slots = self.health.slots();
        let description =
            |name: &str| slots.iter().find(|slot| *slot.name == *name).and_then(|slot| slot.meta.description.clone());
        let mut checks = BTreeMap::new();
        for asked in &self.asked {
            for (name, report) in asked.report.checks() {
                let new = || Check { name, description: description(name), report, probes: Vec::new() };
                checks.entry(name).or_insert_with(new).probes.push(noun(asked.probe));
            }
        }
        let mut checks: Vec<_> = checks.into_values().collect();
        checks.sort_by_key(|check| Reverse(severity(check.report.status())));
        checks
    }

    /// The reason for the overall status.
    fn sentence(&self, checks: &[Check<'_>]) -> String {
        let count = |status| checks.iter().filter(|check| check.report.status() == status).count();
        let of = |count: usize, what: &str| match (count, checks.len()) {
            (1, 1) => format!("The only check {what}."),
            (1, all) => format!("1 of {all} checks {what}."),
            (count, all) => format!("{count} of {all} checks {}.", what.replacen("is", "are", 1)),
        };
        let found = match (count(CheckStatus::Error), count(CheckStatus::Degraded)) {
            (0, 0) if checks.is_empty() => "There are no checks.".to_owned(),
            (0, 0) => "All checks are ok.".to_owned(),
            (0, degraded) => of(degraded, "is degraded"),
            (errors, 0) => of(errors, "is in error"),
            (errors, 1) => format!("{} 1 more is degraded.", of(errors, "is in error")),
            (errors, degraded) => format!("{} {degraded} more are degraded.", of(errors, "is in error")),
        };
        match self.phase() {
            Some(Phase::Starting) => format!("The service is starting and takes no traffic yet. {found}"),
            Some(Phase::Draining) => format!("The service is stopping and takes no new traffic. {found}"),
            Some(Phase::Running) | None => found,
        }
    }

    /// `None` if only liveness was asked, whose report has no phase.
    fn phase(&self) -> Option<Phase> {
        self.asked.iter().find_map(|asked| asked.report.phase())
    }

    fn facts(&self) -> String {
        let mut facts = fact("Version", &Text(self.health.version()));
        if let Some(phase) = self.phase() {
            facts += &fact("Phase", &phase.as_str());
        }
        facts + &fact("Report made", &Time(SystemTime::now()))
    }

    fn refresh(&self) -> String {
        let here = relative(self.path, self.path);
        let here = Text(&here);
        if self.stays {
            format!("Refresh paused. <a href=\"{here}\">Resume refresh</a>")
        } else {
            format!("Refreshes every {REFRESH_SECONDS} seconds. <a href=\"{here}?refresh=off\">Pause refresh</a>")
        }
    }

    fn links(&self) -> String {
        let pages = [
            #[cfg(feature = "swagger-ui")]
            (Endpoint::Docs, "API documentation"),
            (Endpoint::OpenApi, "OpenAPI document"),
        ];
        let link = |(endpoint, text)| {
            let path = self.health.endpoints().path(endpoint)?;
            Some(format!("<a href=\"{}\">{text}</a> ", Text(&relative(self.path, path))))
        };
        pages.into_iter().filter_map(link).collect()
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (class, word) = (class(self.report.status()), word(self.report.status()).to_lowercase());
        let (address, noun) = (Text(&self.address), noun(self.probe));
        write!(f, "<li class=\"{class}\">{}<a href=\"{address}\">{noun}</a> <b>{word}</b></li>", Icon(class))
    }
}

impl fmt::Display for Check<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, report, .. } = self;
        let status = report.status();
        write!(f, "<li class=\"{0}\"><h3>{1}{name} <b>{0}</b></h3>", status.as_str(), Icon(status.as_str()))?;
        if let Some(description) = &self.description {
            write!(f, "<p class=\"description\" dir=\"auto\">{}</p>", Text(description))?;
        }
        if let Some(message) = report.message() {
            write!(f, "<p class=\"message\" dir=\"auto\">{}</p>", Text(message))?;
        }
        f.write_str("<dl class=\"facts\">")?;
        if let Some(reason) = report.reason() {
            f.write_str(&fact("Reason", &reason.as_str()))?;
        }
        if report.is_forced() {
            f.write_str(&fact("Forced", &"by an operator"))?;
        }
        if report.consecutive_failures() > 0 {
            f.write_str(&fact("Consecutive failures", &report.consecutive_failures()))?;
        }
        if let Some(time) = report.response_time() {
            f.write_str(&fact("Duration of last run", &Took(time)))?;
        }
        if let (Some(time), Some(age)) = (report.observed_at(), report.age()) {
            f.write_str(&fact("Last run finished", &format_args!("{} <small>{}</small>", Ago(age), Time(time))))?;
        }
        if let Some(since) = report.running_since() {
            f.write_str(&fact("Run started", &Time(since)))?;
        }
        f.write_str(&fact("Affects", &self.probes.join(", ").to_lowercase()))?;
        f.write_str("</dl>")?;
        if let Some(json) = report.details_json() {
            write!(f, "<div class=\"details\"><h4>Details</h4>{}</div>", Details::new(json))?;
        }
        f.write_str("</li>")
    }
}

fn list(checks: &[Check<'_>]) -> String {
    if checks.is_empty() {
        return "<p>None.</p>".to_owned();
    }
    format!("<ul class=\"checks\">{}</ul>", checks.iter().map(ToString::to_string).collect::<String>())
}

fn fact(name: &str, value: &dyn fmt::Display) -> String {
    format!("<div><dt>{name}</dt><dd>{value}</dd></div>")
}

/// An icon for a status. The shape differs as well as the colour.
struct Icon(&'static str);

impl Icon {
    /// The outline, and the mark on it.
    fn paths(&self) -> (&'static str, &'static str) {
        match self.0 {
            "ok" => ("M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z", "M7.5 12.5l3 3 6-6.5"),
            "degraded" => ("M12 3 22.5 21h-21z", "M12 9.5V14m0 3.5v.01"),
            _ => ("M8 2h8l6 6v8l-6 6H8l-6-6V8z", "M8.5 8.5l7 7m0-7-7 7"),
        }
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (outline, mark) = self.paths();
        write!(f, "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"{outline}\"/><path d=\"{mark}\"/></svg>")
    }
}

/// The icon of the page, as a `data:` URL.
fn favicon(class: &'static str) -> String {
    let (outline, mark) = Icon(class).paths();
    let colour = match class {
        "ok" => "%23178552",
        "degraded" => "%23b87700",
        _ => "%23cf2e25",
    };
    format!(
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' stroke-linecap='round' \
         stroke-linejoin='round' stroke-width='2'%3E%3Cpath d='{outline}' fill='{colour}' stroke='{colour}'/%3E%3Cpath \
         d='{mark}' fill='none' stroke='%23fff'/%3E%3C/svg%3E"
    )
}

/// A time of day in UTC; the attribute has the date, too.
struct Time(SystemTime);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = timestamp::text(self.0);
        let text = std::str::from_utf8(&text).map_err(|_| fmt::Error)?;
        write!(f, "<time datetime=\"{text}\">{} UTC</time>", &text["2026-11-22T".len().."2026-11-22T13:05:00".len()])
    }
}

struct Took(Duration);

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs_f64() {
            seconds @ 1.0.. => write!(f, "{seconds:.2} s"),
            seconds => write!(f, "{:.2} ms", seconds * 1e3),
        }
    }
}

struct Ago(Duration);

impl fmt::Display for Ago {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            0 => f.write_str("just now"),
            seconds @ ..120 => write!(f, "{seconds} s ago"),
            seconds @ ..7200 => write!(f, "{} min ago", seconds / 60),
            seconds => write!(f, "{} h ago", seconds / 3600),
        }
    }
}

/// The name of the probe on the page.
fn noun(probe: Probe) -> &'static str {
    match probe {
        Probe::Live => "Liveness",
        Probe::Ready => "Readiness",
        Probe::Startup => "Startup",
    }
}

fn word(status: ReportStatus) -> &'static str {
    match status {
        ReportStatus::Healthy => "Healthy",
        ReportStatus::Degraded => "Degraded",
        ReportStatus::Unhealthy => "Unhealthy",
    }
}

/// The class of the check status that corresponds to a report status.
fn class(status: ReportStatus) -> &'static str {
    match status {
        ReportStatus::Healthy => "ok",
        ReportStatus::Degraded => "degraded",
        ReportStatus::Unhealthy => "error",
    }
}

fn severity(status: CheckStatus) -> u8 {
    match status {
        CheckStatus::Ok => 0,
        CheckStatus::Degraded => 1,
        CheckStatus::Error => 2,
    }
}
