//! The other end of a connection.

use std::net::IpAddr;

use parlour_core::Name;

use crate::DoorSettings;

/// Doors that may be open at a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doors {
    /// For IRC clients.
    pub irc: bool,
    /// For people who type.
    pub plain: bool,
    /// For web pages.
    pub web: bool,
}

impl Doors {
    /// All doors.
    pub const ALL: Doors = Doors {
        irc: true,
        plain: true,
        web: true,
    };

    /// Names of the doors that are open, for whoever stands at another one.
    pub(crate) fn names(self) -> &'static str {
        match (self.irc, self.plain, self.web) {
            (true, true, _) => "IRC and netcat",
            (true, false, true) => "IRC and WebSockets",
            (true, false, false) => "IRC",
            (false, true, true) => "netcat and WebSockets",
            (false, true, false) => "netcat",
            (false, false, _) => "WebSockets",
        }
    }
}

/// The other end of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Where it comes from, as others see it.
    pub host: Name,
    /// Its address as text.
    pub shown: Name,
    /// Its address; none, where there is no network.
    pub address: Option<IpAddr>,
    /// Whether the connection is encrypted.
    pub secure: bool,
    /// Whether no limit of connections and messages is meant for it.
    pub exempt: bool,
    /// The doors that are open where it came in.
    pub doors: Doors,
    /// Whether it came in by a port that clients know as one of IRC.
    pub irc_port: bool,
    /// The SHA-256 fingerprint of the certificate that it has shown, in small hexadecimal.
    pub certificate: Option<Name>,
}

impl Peer {
    /// A connection from an address.
    pub fn at(address: IpAddr) -> Peer {
        let mut peer = Peer {
            host: "".into(),
            shown: "".into(),
            address: None,
            secure: false,
            exempt: false,
            doors: Doors::ALL,
            irc_port: false,
            certificate: None,
        };
        peer.set_address(address);
        peer
    }

    /// Whether a proxy or a gateway may say that a connection comes from this address: what comes
    /// from this machine comes without them, and is trusted with more than what does not.
    pub fn may_be_claimed(address: IpAddr) -> bool {
        let address = address.to_canonical();
        !address.is_loopback() && !address.is_unspecified()
    }

    /// Whether nobody can read on its way what it sends.
    pub fn is_private(&self) -> bool {
        self.secure || self.address.is_some_and(|address| address.is_loopback())
    }

    /// It is shown with a host that does not tell its address, if the settings say so.
    pub fn cloak(&mut self, settings: &DoorSettings) {
        // This machine's own address tells nothing.
        let address = self.address.filter(|address| !address.is_loopback());
        let cloaked = address.and_then(|address| settings.cloaked(address));
        if let Some(host) = cloaked {
            self.host = host;
        }
    }

    /// It comes from another address than it seemed.
    pub fn set_address(&mut self, address: IpAddr) {
        let address = address.to_canonical();
        let text = address.to_string();
        // As a parameter it cannot begin with a colon.
        let shown: Name = if text.starts_with(':') {
            format!("0{text}").into()
        } else {
            text.into()
        };
        self.host = shown.clone();
        self.shown = shown;
        self.address = Some(address);
    }
}
