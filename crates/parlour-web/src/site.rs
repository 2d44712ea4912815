//! Settings of the HTTP service.

use ipnet::IpNet;

use crate::HookPace;

/// Settings of the HTTP service; a reload of the configuration makes new ones.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// Name of the network.
    pub network: String,
    /// One sentence about the server.
    pub description: String,
    /// Channel that everybody joins first.
    pub lobby: String,
    /// True if anybody may register an account.
    pub registration: bool,
    /// Host name of the server.
    pub server_name: String,
    /// Origins of other pages that may connect; `*` for all.
    pub origins: Vec<String>,
    /// Further host names of the server.
    pub hosts: Vec<String>,
    /// True if the page is served.
    pub has_page: bool,
    /// Address of the server as people outside see it, without a slash at its end; none: that of each
    /// request.
    pub public_url: Option<String>,
    /// Rate limit of each hook.
    pub hook_pace: HookPace,
    /// Bytes of a message of a hook.
    pub message_bytes: usize,
    /// Token by which `/metrics` is read from other machines; none: only from this one.
    pub metrics_token: Option<String>,
    /// Networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted: Vec<IpNet>,
}
