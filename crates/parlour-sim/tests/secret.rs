//! A secret channel answers whoever may not see it as one that is not there.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use parlour_core::Settings;
use parlour_doors::DoorSettings;
use parlour_sim::{Client, Disk, Node};
use support::{capable, text};

const CAPS: &str = "batch draft/chathistory draft/metadata-2 draft/message-redaction \
                    draft/channel-rename draft/relaymsg draft/read-marker message-tags \
                    soju.im/search standard-replies";

/// Lines about a channel, `#?` being its name. JOIN is not among them: it has to say why the
/// door is closed (ARCHITECTURE.md).
const LINES: [&str; 43] = [
    "TOPIC #?",
    "TOPIC #? :other",
    "MODE #?",
    "MODE #? b",
    "MODE #? +b",
    "MODE #? +o eve",
    "MODE #? +m",
    "MODE #mine +f #?",
    "KICK #? owner",
    "KICK #? nobody",
    "INVITE eve #?",
    "INVITE owner #?",
    "INVITE nobody #?",
    "PRIVMSG #? :hi",
    "NOTICE #? :hi",
    "PRIVMSG @#? :hi",
    "TAGMSG #?",
    "PRIVMSG #?,#mine :hi",
    "PART #?",
    "RENAME #? #new",
    "RELAYMSG #? a/b :hi",
    "KNOCK #?",
    "NAMES #?",
    "NAMES",
    "WHO #?",
    "WHO #? %tcn,7",
    "LIST #?",
    "LIST",
    "METADATA #? GET url",
    "METADATA #? LIST",
    "METADATA #? SET url :x",
    "METADATA #? SYNC",
    "MARKREAD #?",
    "REDACT #? 0000000000001",
    "CHATHISTORY LATEST #? * 10",
    "SEARCH in=#?;text=key",
    "CS INFO #?",
    "CS REGISTER #?",
    "CS DROP #?",
    "CS OP #?",
    "CS TRANSFER #? eve",
    "CS ACCESS #?",
    "CS ACCESS #? eve +o",
];

fn answer(node: &mut Node, client: Client, line: &str, name: &str) -> String {
    node.output(client);
    node.send(client, line.replace("#?", name).as_bytes());
    node.send(client, b"\r\n");
    // An id or a time is another each time.
    let heard = text(node, client).replace(name, "#?");
    let lines = heard.lines().filter(|line| !line.contains("BATCH"));
    let bare = lines.map(|line| {
        line.split_once(' ')
            .map_or(line, |(tags, rest)| match tags.starts_with('@') {
                true => rest,
                false => line,
            })
    });
    bare.collect::<Vec<_>>().join("\n")
}

/// Compares every line's answer about a secret channel that `modes` were set on, with the
/// answer about none.
fn compare(modes: &str, registered: bool) {
    let mut settings = Settings::default();
    settings.accounts.password_min = 3;
    let mut node = Node::with(1, settings, DoorSettings::default(), Disk::default());
    let owner = capable(&mut node, "owner", CAPS);
    let eve = capable(&mut node, "eve", CAPS);
    node.log_in(owner, Some("owner"));
    node.log_in(eve, Some("eve"));
    node.send(owner, b"JOIN #hidden\r\nTOPIC #hidden :key\r\n");
    node.send(owner, format!("MODE #hidden {modes}\r\n").as_bytes());
    if registered {
        node.send(owner, b"CS REGISTER #hidden\r\n");
    }
    node.send(owner, b"METADATA #hidden SET url :x\r\n");
    let told = text(&mut node, owner);
    assert_eq!(
        told.contains("#hidden is your account's now"),
        registered,
        "{told}"
    );
    node.send(eve, b"JOIN #mine\r\n");
    for line in LINES {
        let there = answer(&mut node, eve, line, "#hidden");
        let absent = answer(&mut node, eve, line, "#absent");
        assert_eq!(there, absent, "{line} with {modes}");
        // KNOCK and others wait between two tries of one user.
        node.wait(120_000);
        node.send(eve, b"PONG :x\r\n");
        node.send(owner, b"PONG :x\r\n");
    }
    let heard = text(&mut node, owner);
    assert!(!heard.contains("eve"), "{heard}");
}

#[test]
fn a_secret_channel_answers_outsiders_as_an_absent_one() {
    compare("+ns", false);
    compare("+nsi", true);
    compare("+nsk word", true);
}

/// Where those outside may speak, they are heard: that is the wish of who runs it.
#[test]
fn a_secret_channel_that_takes_words_from_outside_takes_them() {
    let mut node = Node::new(1);
    let owner = capable(&mut node, "owner", CAPS);
    let eve = capable(&mut node, "eve", CAPS);
    node.send(owner, b"JOIN #hidden\r\nMODE #hidden +s-n\r\n");
    node.output(owner);
    node.send(eve, b"PRIVMSG #hidden :hi\r\nMODE #hidden +m\r\n");
    assert!(text(&mut node, owner).contains("PRIVMSG #hidden :hi"));
    let refused = answer(&mut node, eve, "MODE #? +m", "#hidden");
    assert!(refused.contains(" 403 "), "{refused}");
}
