//! The three probes.

use std::fmt;

/// A question about the service, as the Kubernetes probe of the same name asks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "Kubernetes has three kinds of probe, and an application may match on all of them"
)]
pub enum Probe {
    /// `GET /health`: should the process keep running? A failure means that it should be restarted.
    Live,
    /// `GET /ready`: should traffic be sent to this instance? A failure means that it should get none.
    Ready,
    /// `GET /startup`: has the service finished starting?
    Startup,
}

impl Probe {
    /// All probes, in the order of the documents.
    pub const ALL: [Self; 3] = [Self::Live, Self::Ready, Self::Startup];

    /// The name of the probe in the attribute, in logs and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Ready => "ready",
            Self::Startup => "startup",
        }
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of [`Probe`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Probes(u8);

impl Probes {
    /// The set of exactly these probes.
    pub(crate) const fn of(probes: &[Probe]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < probes.len() {
            bits |= 1 << probes[i] as u8;
            i += 1;
        }
        Self(bits)
    }

    /// Whether `probe` is one of them.
    pub(crate) const fn contains(self, probe: Probe) -> bool {
        self.0 & (1 << probe as u8) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_contains_what_it_was_made_of_and_nothing_else() {
        let probes = Probes::of(&[Probe::Ready, Probe::Startup]);
        assert_eq!(Probe::ALL.map(|probe| probes.contains(probe)), [false, true, true]);
    }
}
