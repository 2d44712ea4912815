//! Settings of the link to the cluster, from the configuration.

use std::time::Duration;

use parlour_cluster::{LinkSettings, Version};

use crate::config::{NAME_WANTED, is_cluster_name};
use crate::{Config, ServerError};

/// Settings of one of several nodes.
#[derive(Clone, Debug)]
pub(crate) struct ClusterSettings {
    pub link: LinkSettings,
    /// Time in which users of a lost node may come back.
    pub grace: Duration,
    /// Messages of the stream after which the state is stored anew.
    pub snapshot_every: u64,
    /// Newest version of the encoding that the node reads.
    pub reads: Version,
}

impl Config {
    /// Checks what the command line may have changed of the cluster.
    ///
    /// # Errors
    /// The node has no name, or one that cannot be, or an address is missing.
    pub(crate) fn check_cluster(&self) -> Result<(), ServerError> {
        if !self.cluster.urls.is_empty() && self.cluster.node.is_empty() {
            return Err(ServerError::Config(
                "one of several nodes needs a name of its own: --node NAME, or node in [cluster]"
                    .into(),
            ));
        }
        let node = &self.cluster.node;
        if !node.is_empty() && !is_cluster_name(node) {
            return Err(ServerError::Config(format!(
                "--node {node}: the name of a node {NAME_WANTED}"
            )));
        }
        if self.cluster.urls.iter().any(|url| url.trim().is_empty()) {
            return Err(ServerError::Config(
                "an address of the NATS servers is empty: --cluster nats://HOST:PORT[,…], or urls in [cluster]".into(),
            ));
        }
        Ok(())
    }

    /// Returns the settings of a node; none for a server on its own.
    pub(crate) fn cluster_settings(&self) -> Option<ClusterSettings> {
        let section = &self.cluster;
        if section.urls.is_empty() {
            return None;
        }
        let link = LinkSettings {
            servers: section.urls.clone(),
            cluster: section.name.clone(),
            node: section.node.clone(),
            replicas: section.replicas,
            credentials: section.credentials.clone(),
            authority: section.authority.clone(),
            certificate: section.certificate.clone().zip(section.key.clone()),
        };
        Some(ClusterSettings {
            link,
            grace: Duration::from_secs(section.grace),
            snapshot_every: section.snapshot_every,
            reads: match section.version {
                0 => Version::NEWEST,
                version => Version(version),
            },
        })
    }
}
