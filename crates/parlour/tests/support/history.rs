//! History of the lobby, through the door.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpStream};

use super::{Wire, msgid};

/// Messages of a page: as many as the server gives.
const PAGE: usize = 1_000;

/// Reads what was said in the lobby, oldest first. `page` sends a command, and returns the lines of the batch that
/// answers it.
pub fn read<E>(mut page: impl FnMut(&str) -> Result<String, E>) -> Result<Vec<String>, E> {
    let (mut all, mut from) = (Vec::new(), "LATEST #lobby *".to_owned());
    loop {
        let lines = page(&format!("CHATHISTORY {from} {PAGE}"))?;
        let said = lines.lines();
        let said = said.filter_map(|line| Some((line, line.split_once("PRIVMSG #lobby :")?.1)));
        let said: Vec<(&str, &str)> = said.collect();
        let Some((first, _)) = said.first() else {
            return Ok(all);
        };
        from = format!("BEFORE #lobby msgid={}", msgid(first));
        all.splice(0..0, said.into_iter().map(|(_, text)| text.to_owned()));
    }
}

/// Returns what was said in the lobby of a server; the reader has a nick of its own there.
pub fn of(address: SocketAddr) -> Vec<String> {
    let mut wire = Wire::new(TcpStream::connect(address).unwrap());
    let nick = format!("r{}", address.port());
    wire.send(&format!(
        "CAP REQ :batch message-tags\r\nNICK {nick}\r\nUSER r 0 * :r\r\nCAP END\r\nJOIN #lobby\r\n"
    ));
    wire.until(" 366 ");
    let all: Result<_, Infallible> = read(|command| {
        wire.send(&format!("{command}\r\n"));
        wire.until(" BATCH +");
        Ok(wire.until(" BATCH -"))
    });
    // The next reader has the same nick: it comes once this one has gone.
    wire.send("QUIT\r\n");
    wire.rest();
    all.unwrap()
}
