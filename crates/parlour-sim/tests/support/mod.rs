//! People who connect to a node.
#![allow(dead_code, reason = "each test file uses a part of it")]

use parlour_sim::{Client, Node};

pub fn text(node: &mut Node, client: Client) -> String {
    String::from_utf8_lossy(&node.output(client)).into_owned()
}

pub fn irc(node: &mut Node, nick: &str) -> Client {
    let client = node.connect(0);
    node.send(
        client,
        format!("NICK {nick}\r\nUSER u 0 * :r\r\nJOIN #lobby\r\n").as_bytes(),
    );
    node.output(client);
    client
}

pub fn plain(node: &mut Node, nick: &str) -> Client {
    let client = node.connect(0);
    node.send(client, format!("{nick}\n").as_bytes());
    node.output(client);
    client
}

pub fn capable(node: &mut Node, nick: &str, caps: &str) -> Client {
    let client = node.connect(0);
    let hello =
        format!("CAP REQ :{caps}\r\nNICK {nick}\r\nUSER u 0 * :r\r\nCAP END\r\nJOIN #lobby\r\n");
    node.send(client, hello.as_bytes());
    node.output(client);
    client
}
