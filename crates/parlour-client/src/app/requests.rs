//! Requests on the network of the shown buffer.

use super::App;
use crate::NetworkId;
use crate::engine::Session;

impl App {
    /// Makes a request to the network of the shown buffer, if it is online; reports an error if not.
    pub(crate) fn request(&mut self, request: impl FnOnce(&mut Session)) {
        if self.is_online() {
            let net = self.net();
            request(&mut self.nets[net].session);
        }
    }

    pub(crate) fn send_raw(&mut self, line: &str) {
        if self.is_online() {
            let net = self.net();
            self.nets[net].session.send_raw(line);
        }
    }

    /// Returns the network of the shown buffer.
    pub(crate) fn net(&self) -> NetworkId {
        self.model.buffer().network
    }

    /// Returns the session of the network of the shown buffer.
    pub(crate) fn session(&self) -> &Session {
        &self.nets[self.net()].session
    }

    /// Returns whether the network of the shown buffer is online; reports an error if not.
    pub(crate) fn is_online(&mut self) -> bool {
        let online = self.nets[self.net()].is_online();
        if !online {
            self.report_error("There is no connection now; try again when there is.");
        }
        online
    }

    pub(crate) fn is_channel(&self, net: NetworkId, name: &str) -> bool {
        self.nets[net].session.isupport().is_channel(name)
    }
}
