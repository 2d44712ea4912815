//! Peer of a connection.

use std::net::IpAddr;

use parlour_core::Name;

use crate::DoorSettings;

/// Doors that are open at a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doors {
    /// True if IRC clients may connect.
    pub irc: bool,
    /// True if plain clients (netcat, telnet) may connect.
    pub plain: bool,
    /// True if WebSockets may connect.
    pub web: bool,
    /// True if other requests of HTTP are answered than WebSocket handshakes.
    pub pages: bool,
}

impl Doors {
    /// All doors.
    pub const ALL: Doors = Doors {
        irc: true,
        plain: true,
        web: true,
        pages: true,
    };

    /// Returns the names of the open doors, for a client that tried another one.
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

/// Peer of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Host as other users see it.
    pub host: Name,
    /// Address as text.
    pub shown: Name,
    /// Address; none if there is no network.
    pub address: Option<IpAddr>,
    /// True if the connection is encrypted.
    pub secure: bool,
    /// True if the limits of connections and messages do not apply.
    pub exempt: bool,
    /// Doors that are open at the listener.
    pub doors: Doors,
    /// True if the listener's port is a well-known IRC port.
    pub irc_port: bool,
    /// SHA-256 fingerprint of the client certificate, in lower-case hexadecimal.
    pub certificate: Option<Name>,
}

impl Peer {
    /// Creates the peer of a plain connection from an address, with all doors open.
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

    /// Returns whether a PROXY header or a WEBIRC gateway may claim this address. Loopback
    /// connections are trusted with more than others and need no proxy, so their address cannot be
    /// claimed.
    pub fn may_be_claimed(address: IpAddr) -> bool {
        let address = address.to_canonical();
        !address.is_loopback() && !address.is_unspecified()
    }

    /// Returns whether the connection cannot be read on its way: it is encrypted or local.
    pub fn is_private(&self) -> bool {
        self.secure || self.address.is_some_and(|address| address.is_loopback())
    }

    /// Replaces the shown host by a cloak, if the settings say so.
    pub fn cloak(&mut self, settings: &DoorSettings) {
        // A loopback address reveals nothing.
        let address = self.address.filter(|address| !address.is_loopback());
        let cloaked = address.and_then(|address| settings.cloaked(address));
        if let Some(host) = cloaked {
            self.host = host;
        }
    }

    /// Sets the address, and with it the host.
    pub fn set_address(&mut self, address: IpAddr) {
        let address = address.to_canonical();
        let text = address.to_string();
        // A leading colon would make it a trailing parameter in IRC.
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
