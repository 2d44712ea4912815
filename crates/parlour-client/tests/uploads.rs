//! Uploads as the user meets them: `/upload`, a dropped file, and links to files on the screen.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod stage;

use std::path::PathBuf;

use crossterm::event::{KeyCode, KeyModifiers};
use parlour_client::App;
use parlour_client::app::{Hidden, HostCommand, Start, UploadOrder};
use parlour_client::engine::{Identity, Login, SessionOptions};
use parlour_client::settings::Settings;
use stage::{CAPS, NET, Stage};

const FILEHOST: &str = "soju.im/FILEHOST=https://chat.org:25000/uploads";
const LINK: &str = "https://chat.org:25000/files/AbCdEf0123456789_-ghij.640x480/switch%20room.jpg";

/// A client in a channel of a server that takes files.
fn with_files(more: &str) -> Stage {
    let mut stage = Stage::bare();
    stage.greet(&format!("{CAPS} {more}"), FILEHOST);
    stage.hear(
        NET,
        ":me!u@h JOIN #lab\r\n:s 353 me = #lab :me\r\n:s 366 me #lab :End",
    );
    stage.sent();
    stage.app.take_commands();
    stage
}

fn order(stage: &mut Stage) -> Option<UploadOrder> {
    let commands = stage.app.take_commands();
    commands.into_iter().find_map(|command| {
        if let HostCommand::Upload(order) = command {
            Some(order)
        } else {
            None
        }
    })
}

#[test]
fn a_file_is_uploaded_with_a_token_and_its_link_is_said_where_it_was_begun() {
    let mut stage = with_files("parlour/outside");
    stage.line("/upload /tmp/switch room.jpg");
    assert!(stage.sent().contains("TOKEN GENERATE FILEHOST\r\n"));
    assert_eq!(order(&mut stage), None);
    stage.hear(
        NET,
        ":s TOKEN GENERATE filehost https://chat.org:25000/uploads :abc.def",
    );
    let order = order(&mut stage).unwrap();
    assert_eq!(order.file, PathBuf::from("/tmp/switch room.jpg"));
    assert_eq!(order.address, "https://chat.org:25000/uploads");
    assert_eq!(order.authorization, Hidden("Bearer abc.def".into()));
    assert!(order.is_here && order.encrypted);
    stage.app.upload_progress(order.id, 40);
    assert!(stage.screen().contains("40 %"));
    // The user has gone on to another room meanwhile.
    stage.hear(NET, ":me!u@h JOIN #ops\r\n:s 366 me #ops :End");
    stage.line("/buffer #ops");
    stage.sent();
    stage.app.uploaded(order.id, Ok(LINK.into()));
    assert!(stage.sent().contains(&format!("PRIVMSG #lab {LINK}\r\n")));
    assert!(!stage.app.is_uploading());
}

#[test]
fn whatever_goes_wrong_is_told() {
    let mut stage = with_files("");
    stage.line("/upload a.txt");
    stage.hear(
        NET,
        ":s FAIL TOKEN ACCOUNT_REQUIRED filehost :Log in to upload files",
    );
    let seen = stage.screen();
    assert!(
        seen.contains("a.txt") && seen.contains("Log in to upload files"),
        "{seen}"
    );
    assert!(!stage.app.is_uploading());

    // An answer that does not come.
    stage.line("/upload late.txt");
    stage.app.tick(stage::NOW + 60_000);
    assert!(stage.screen().contains("late.txt was not uploaded"));

    // Without tokens, the password of the login would do; there is none.
    stage.line("/upload b.txt");
    stage.hear(NET, ":s 421 me TOKEN :Unknown command");
    assert!(stage.screen().contains("b.txt was not uploaded"));

    stage.line("/upload c.txt");
    stage.app.disconnected(NET, stage::NOW, "gone", 1);
    assert!(stage.screen().contains("c.txt was not uploaded"));
    assert_eq!(order(&mut stage), None);
    stage.line("/upload d.txt");
    assert!(!stage.app.is_uploading());

    let mut without = Stage::new();
    without.sent();
    without.line("/upload e.txt");
    assert!(!without.sent().contains("TOKEN"));
    assert!(without.screen().contains("takes no files"));

    // The specification forbids to leave the encryption.
    let mut plain = Stage::bare();
    plain.greet(CAPS, "FILEHOST=http://chat.org/uploads");
    plain.hear(NET, ":me!u@h JOIN #lab\r\n:s 366 me #lab :End");
    plain.sent();
    plain.line("/upload f.txt");
    assert!(!plain.sent().contains("TOKEN"));
}

#[test]
fn a_password_is_given_to_a_server_without_tokens_and_only_if_all_is_encrypted() {
    let orders = [(true, "https"), (false, "https"), (true, "http")].map(|(secure, scheme)| {
        let login = Login {
            account: "me".into(),
            password: "secret".into(),
            register: false,
        };
        let start = Start {
            name: "chat.org".into(),
            identity: Identity {
                nick: "me".into(),
                realname: "Me".into(),
                login: Some(login),
            },
            rooms: vec!["#lab".into()],
            commands: Vec::new(),
            asked: false,
            store_password: false,
        };
        let app = App::new(Settings::default(), vec![start]);
        let mut stage = Stage { app };
        let options = SessionOptions::default();
        stage
            .app
            .connected(NET, stage::START, secure, options, None);
        let filehost = format!("FILEHOST={scheme}://files.org/up");
        stage.greeted(&format!("{CAPS} parlour/outside"), &filehost);
        stage.hear(NET, ":me!u@h JOIN #lab\r\n:s 366 me #lab :End");
        stage.line("/upload a.txt");
        stage.hear(NET, ":s 421 me TOKEN :Unknown command");
        order(&mut stage).map(|order| order.authorization)
    });
    let basic = Hidden("Basic bWU6c2VjcmV0".into());
    assert_eq!(orders, [Some(basic), None, None]);
}

#[test]
fn a_cancelled_upload_says_nothing_and_does_not_confuse_the_next() {
    let mut stage = with_files("");
    stage.line("/upload first.txt");
    stage.line("/upload cancel");
    assert!(
        stage
            .app
            .take_commands()
            .contains(&HostCommand::CancelUploads)
    );
    stage.line("/upload second.txt");
    stage.hear(NET, ":s TOKEN GENERATE FILEHOST one");
    assert_eq!(order(&mut stage), None);
    stage.hear(NET, ":s TOKEN GENERATE FILEHOST two");
    let order = order(&mut stage).unwrap();
    assert_eq!(order.file, PathBuf::from("second.txt"));
    assert_eq!(order.authorization, Hidden("Bearer two".into()));
    stage.line("/upload cancel");
    stage.sent();
    stage.app.uploaded(order.id, Ok(LINK.into()));
    assert_eq!(stage.sent(), "");
}

#[test]
fn a_dropped_file_is_offered_and_never_sent_unasked() {
    let mut stage = with_files("");
    stage.keys("look: ");
    stage.app.paste(stage::NOW, "'/tmp/a b.png'");
    let pasted = "'/tmp/a b.png'".to_owned();
    assert_eq!(
        stage.app.take_commands(),
        [HostCommand::LookForFile(pasted.clone())]
    );
    stage.app.offer_upload(pasted.clone());
    assert!(stage.screen().contains("Upload this file?"));
    stage.keys("n");
    assert_eq!(stage.app.composer.text(), "look: '/tmp/a b.png'");
    assert!(!stage.sent().contains("TOKEN"));

    stage.app.composer.replace("look: ".into());
    stage.app.paste(stage::NOW, &pasted);
    stage.app.offer_upload(pasted.clone());
    stage.keys("y");
    assert_eq!(stage.app.composer.text(), "look: ");
    assert!(stage.sent().contains("TOKEN GENERATE FILEHOST"));

    // The answer is late: the user has typed on.
    stage.app.paste(stage::NOW, &pasted);
    stage.keys(" ");
    stage.app.offer_upload(pasted);
    assert!(!stage.screen().contains("Upload this file?"));
}

#[test]
fn a_link_to_a_file_is_short_on_the_screen_and_whole_where_it_is_copied() {
    let mut stage = with_files("");
    stage.hear(
        NET,
        &format!("@msgid=a :bob!u@h PRIVMSG #lab :see {LINK} and \u{2}https://x.org/\u{2} too"),
    );
    let seen = stage.screen();
    assert!(
        seen.contains("switch room.jpg 640x480 · chat.org:25000 and"),
        "{seen}"
    );
    assert!(seen.contains("https://x.org/ too"), "{seen}");
    assert!(!seen.contains("/files/"), "{seen}");
    stage.key(KeyCode::Esc, KeyModifiers::NONE);
    stage.keys("y");
    let commands = stage.app.take_commands();
    let copied = commands
        .iter()
        .any(|command| matches!(command, HostCommand::Copy(text) if text.contains(LINK)));
    assert!(copied, "{commands:?}");
}
