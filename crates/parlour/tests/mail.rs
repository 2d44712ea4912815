//! Accounts that need mail: the code goes through a mail server, and comes back by hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failing test is to stop"
)]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};

use support::{PATIENCE, Server};

/// A mail server (RFC 5321) that takes mail for everybody but one; what it took comes out here.
fn mail_server() -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (taken, letters) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut answers = stream.unwrap();
            let mut lines = BufReader::new(answers.try_clone().unwrap()).lines();
            answers.write_all(b"220 mail.example\r\n").unwrap();
            let mut text = String::new();
            while let Some(Ok(line)) = lines.next() {
                let verb = line.split([' ', ':']).next().unwrap_or_default();
                let answer = match verb.to_ascii_uppercase().as_str() {
                    "RCPT" if line.contains("<nobody@") => "550 there is nobody",
                    "EHLO" | "MAIL" | "RCPT" | "RSET" | "NOOP" => "250 well",
                    "DATA" => {
                        answers.write_all(b"354 go on\r\n").unwrap();
                        let body = lines.by_ref().map_while(Result::ok);
                        text.extend(body.take_while(|line| line != ".").map(|line| line + "\n"));
                        taken.send(std::mem::take(&mut text)).unwrap();
                        "250 taken"
                    }
                    _ => "221 bye",
                };
                if answers
                    .write_all(format!("{answer}\r\n").as_bytes())
                    .is_err()
                {
                    break;
                }
            }
        }
    });
    (address, letters)
}

#[test]
fn an_account_is_made_by_the_code_that_was_sent_by_mail() {
    let (mail, letters) = mail_server();
    let dir = tempfile::tempdir().unwrap();
    let text = format!(
        "[server]\nnetwork = \"TestNet\"\n\
         [[listen]]\naddress = \"127.0.0.1:0\"\n\
         [mail]\nserver = \"{mail}\"\nsecurity = \"off\"\nfrom = \"chat@example.org\"\n"
    );
    let server = Server::configured(dir.path(), &text);
    let mut guest = server.irc("guest");
    guest.send("CAP REQ standard-replies\r\n");
    guest.send("REGISTER * nobody@example.org correct-horse\r\n");
    guest.until("FAIL REGISTER UNACCEPTABLE_EMAIL ");
    guest.send("REGISTER * guest@example.org correct-horse\r\n");
    guest.until("REGISTER VERIFICATION_REQUIRED guest ");

    let letter = letters.recv_timeout(PATIENCE).unwrap();
    assert!(letter.contains("From: chat@example.org\n"), "{letter}");
    assert!(letter.contains("To: guest@example.org\n"), "{letter}");
    assert!(
        letter.contains("Subject: Your account guest on TestNet\n"),
        "{letter}"
    );
    assert!(letter.contains("Date: "), "{letter}");
    assert!(letter.contains("MIME-Version: 1.0\n"), "{letter}");
    let plain = "Content-Type: text/plain; charset=utf-8\n";
    assert!(letter.contains(plain), "{letter}");
    let id = |letter: &str| {
        let (_, after) = letter.split_once("Message-ID: <").unwrap();
        let (id, _) = after.split_once("@example.org>\n").unwrap();
        id.to_owned()
    };
    assert!(id(&letter).len() > 20, "{letter}");
    let (_, after) = letter.split_once("/quote VERIFY guest ").unwrap();
    let code = after.lines().next().unwrap();
    assert_eq!(code.len(), 8);
    assert!(code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");

    guest.send("VERIFY guest 0\r\n");
    guest.until("FAIL VERIFY INVALID_CODE ");
    guest.send(&format!("VERIFY guest {code}\r\n"));
    guest.until("VERIFY SUCCESS guest ");
    guest.until(" 900 ");

    let mut other = server.irc("other");
    other.send("PRIVMSG NickServ :REGISTER correct-horse other@example.org\r\n");
    other.until("A code was sent to you by mail");
    let next = letters.recv_timeout(PATIENCE).unwrap();
    assert!(!next.contains(code), "a code of its own");
    assert_ne!(id(&letter), id(&next));
}

#[test]
fn a_mail_server_that_is_away_makes_no_account() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let dir = tempfile::tempdir().unwrap();
    let text = format!(
        "[[listen]]\naddress = \"127.0.0.1:0\"\n\
         [mail]\nserver = \"{address}\"\nsecurity = \"off\"\nfrom = \"chat@example.org\"\n"
    );
    let server = Server::configured(dir.path(), &text);
    let mut guest = server.irc("guest");
    guest.send("CAP REQ standard-replies\r\n");
    guest.send("REGISTER * guest@example.org correct-horse\r\n");
    guest.until("FAIL REGISTER TEMPORARILY_UNAVAILABLE ");
    guest.send("VERIFY guest 0\r\nPING end\r\n");
    let after = guest.until("PONG");
    assert!(!after.contains("SUCCESS"), "{after}");
}
