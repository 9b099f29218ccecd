//! What has left this computer since the program started, by host: counted where it leaves.

use std::collections::BTreeMap;

use remote::{Count, Line};

use crate::commands::*;
use crate::{Desk, lock};

impl Desk {
    pub async fn traffic(&self, _: Nothing) -> Result<Traffic, Problem> {
        let open = lock(&self.0.open).clone();
        let bases = open.as_ref().map_or_else(|| self.around().bases(), |open| open.bases.clone());
        let mut roles: BTreeMap<String, HostRole> = bases.roles().into_iter().collect();
        let mut counts = self.traffic_log().counts();
        for host in counts.keys() {
            // Of a book that was open before.
            let loopback = host.starts_with("127.0.0.1:") || host.starts_with("localhost:");
            roles.entry(host.clone()).or_insert(if loopback { HostRole::Demo } else { HostRole::Unknown });
        }
        let mut hosts: Vec<_> = roles.into_iter().map(|(host, role)| of_host(counts.remove(&host).unwrap_or_default(), host, role)).collect();
        hosts.sort_by_key(|host| host.role);
        Ok(Traffic { hosts, last: self.traffic_log().lines().into_iter().map(line).collect(), since: stamp(self.0.started) })
    }
}

fn of_host(counts: BTreeMap<(&'static str, String), Count>, host: String, role: HostRole) -> HostTraffic {
    let requests = counts.values().map(|count| count.sent).sum();
    let endpoints = counts.into_iter().map(|((path, method), of)| EndpointTraffic {
        method,
        path: path.to_owned(),
        sent: count(of.sent),
        failed: count(of.failed + of.limited),
        lost: count(of.lost),
    });
    HostTraffic { host, role, requests: count(requests), endpoints: endpoints.collect() }
}

fn line(Line { at, host, method, endpoint, answer }: Line) -> TrafficLine {
    TrafficLine { at: stamp(at), host, method, path: endpoint.to_owned(), status: answer.ok() }
}
