//! Choice of the NATS server that a node turns to when it has lost the one before: the next one, so that one whose
//! host is gone, and does not even refuse a connection, is not tried again first.

use std::sync::{Mutex, PoisonError};

use async_nats::{ReconnectToServer, Server, ServerAddr};

/// Chooser of a node.
#[derive(Debug, Default)]
pub(super) struct Chooser {
    /// Server that was chosen last.
    last: Mutex<Option<ServerAddr>>,
}

impl Chooser {
    /// Chooses one of the servers that are known. None before the first connection: then any will do.
    pub fn choose(&self, known: &[Server]) -> Option<ReconnectToServer> {
        // It is replaced as a whole: a panic leaves it intact.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let addr = next(known, last.as_ref())?;
        *last = Some(addr.clone());
        Some(ReconnectToServer { addr, delay: None })
    }
}

/// Returns the server that follows `last`, or else the one that was connected first.
fn next(known: &[Server], last: Option<&ServerAddr>) -> Option<ServerAddr> {
    let is_last = |server: &Server| match last {
        Some(last) => server.addr == *last,
        None => server.did_connect,
    };
    let at = known.iter().position(is_last);
    // It may have been dropped from the list since.
    let at = at.or_else(|| last.map(|_| known.len()))?;
    let next = known.get(at + 1).or(known.first())?;
    Some(next.addr.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(name: &str, did_connect: bool) -> Server {
        Server {
            addr: format!("nats://{name}").parse().unwrap(),
            failed_attempts: 0,
            did_connect,
            is_discovered: false,
            last_error: None,
        }
    }

    #[test]
    fn all_servers_are_tried_in_turn_and_the_one_that_was_lost_comes_last() {
        let known = [server("a", false), server("b", true), server("c", false)];
        let chooser = Chooser::default();
        let mut names = Vec::new();
        for _ in 0..4 {
            let chosen = chooser.choose(&known).unwrap();
            names.push(chosen.addr.host().to_owned());
        }
        assert_eq!(names, ["c", "a", "b", "c"]);
        // One that is not known any more.
        assert_eq!(chooser.choose(&known[..2]).unwrap().addr.host(), "a");
    }

    #[test]
    fn before_the_first_connection_the_library_chooses() {
        assert!(Chooser::default().choose(&[server("a", false)]).is_none());
    }
}
