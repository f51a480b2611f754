//! The replication state that a Redis server reports.

use crate::health_details;

/// The replication state that a Redis server reports.
#[health_details(crate = crate)]
#[schemars(rename = "RedisReplication")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replication {
    /// The role of the server.
    pub role: Role,
    /// Whether a replica is connected to its primary. Absent if the server is not a replica.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected: Option<bool>,
    /// Seconds since a replica last received data or a ping from its primary. Absent if the server is not a replica.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_since_contact: Option<u64>,
}

/// The role of a Redis server in its replication.
#[health_details(crate = crate)]
#[schemars(rename = "RedisRole")]
#[serde(rename_all = "lowercase")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// The server accepts writes.
    Primary,
    /// The server follows a primary.
    Replica,
    /// Not known: the application's login may not run `INFO`.
    Unknown,
}

impl Replication {
    /// Parses the reply to `INFO replication`.
    pub(super) fn parse(info: &str) -> Self {
        let field = |name| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
        let seconds = |name| field(name).and_then(|seconds| seconds.parse().ok());
        match field("role") {
            Some("master") => Self::of(Role::Primary),
            Some("slave") => {
                let is_connected = field("master_link_status") == Some("up");
                let seconds_ago =
                    if is_connected { "master_last_io_seconds_ago" } else { "master_link_down_since_seconds" };
                Self {
                    connected: Some(is_connected),
                    seconds_since_contact: seconds(seconds_ago),
                    ..Self::of(Role::Replica)
                }
            }
            _ => Self::of(Role::Unknown),
        }
    }

    /// The problem of a server that answers.
    pub(super) fn problem(&self) -> Option<&'static str> {
        (self.connected == Some(false)).then_some("the replica is not connected to its primary")
    }

    pub(super) fn of(role: Role) -> Self {
        Self { role, connected: None, seconds_since_contact: None }
    }
}

#[cfg(test)]
mod tests {
    use super::{Replication, Role};

    #[test]
    fn the_last_contact_of_a_replica_is_that_of_its_link_while_it_is_up_and_the_start_of_the_outage_after_that() {
        let up = "# Replication\r\nrole:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:3\r\n";
        let down = "role:slave\r\nmaster_link_status:down\r\nmaster_last_io_seconds_ago:-1\r\nmaster_link_down_since_seconds:70\r\n";
        let replica = |connected, seconds| Replication {
            connected: Some(connected),
            seconds_since_contact: seconds,
            ..Replication::of(Role::Replica)
        };
        assert_eq!(Replication::parse(up), replica(true, Some(3)));
        assert_eq!(Replication::parse(down), replica(false, Some(70)));
        assert_eq!(Replication::parse("role:master\r\nconnected_slaves:0\r\n"), Replication::of(Role::Primary));
        assert_eq!(Replication::parse(""), Replication::of(Role::Unknown));
    }
}
