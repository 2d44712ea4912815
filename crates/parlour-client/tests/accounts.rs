//! Accounts, passwords and certificates, and what is shown and kept of them.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod stage;

use crossterm::event::{KeyCode, KeyModifiers};
use parlour_client::app::HostCommand;
use parlour_client::app::mode::Mode;
use stage::{CAPS, NET, NOW, Stage};

/// Returns the saved state and the screen, as text.
fn left_behind(s: &mut Stage) -> String {
    let kept = format!("{:?}", s.app.saved_state());
    kept + &s.screen()
}

fn kept_passwords(s: &mut Stage) -> Vec<String> {
    let wishes = s.app.take_commands().into_iter();
    let kept = wishes.filter_map(|wish| {
        if let HostCommand::KeepPassword { password, .. } = wish {
            Some(password.0)
        } else {
            None
        }
    });
    kept.collect()
}

#[test]
fn a_password_is_asked_for_unseen_and_kept_once_it_was_taken() {
    let mut s = Stage::bare();
    let start = parlour_client::engine::SessionOptions {
        secure: true,
        ..Default::default()
    };
    s.app.connected(NET, NOW, true, start, None);
    s.greeted(CAPS, "");
    s.hear(NET, ":srv CAP me NEW :sasl=PLAIN");
    s.sent();
    s.app.enter_line(NOW, "/login me");
    s.keys("s3cret");
    assert!(s.screen().contains("Password of me"));
    assert!(!left_behind(&mut s).contains("s3cret"));
    s.enter();
    let sent = s.sent();
    assert!(
        sent.contains("CAP REQ sasl") && sent.contains("AUTHENTICATE PLAIN"),
        "{sent}"
    );
    s.hear(NET, "AUTHENTICATE +");
    assert!(s.sent().contains("AUTHENTICATE AG1lAHMzY3JldA=="));
    s.hear(NET, ":srv 904 me :SASL authentication failed");
    assert_eq!(kept_passwords(&mut s), Vec::<String>::new());
    assert!(s.screen().contains("SASL authentication failed"));
    // The right password.
    s.app.enter_line(NOW, "/login me");
    s.keys("s3cret");
    s.enter();
    s.hear(NET, "AUTHENTICATE +");
    s.hear(
        NET,
        ":srv 900 me me!u@h me :You are now logged in as me\r\n:srv 903 me :done",
    );
    assert_eq!(kept_passwords(&mut s), ["s3cret"]);
    assert!(!left_behind(&mut s).contains("s3cret"));
    // Esc cancels.
    s.app.enter_line(NOW, "/passwd");
    s.keys("s3cret");
    s.esc();
    assert_eq!(s.app.mode, Mode::Compose);
    assert_eq!(s.app.composer.text(), "");
}

#[test]
fn an_account_is_made_with_a_password_that_is_typed_twice() {
    let mut s = Stage::new();
    s.hear(
        NET,
        ":srv CAP me NEW :draft/account-registration=custom-account-name",
    );
    s.sent();
    s.app.enter_line(NOW, "/register");
    s.keys("s3cret");
    s.enter();
    s.keys("other");
    s.enter();
    assert!(s.screen().contains("not the same"), "{}", s.screen());
    for _ in 0..2 {
        s.keys("s3cret");
        s.enter();
    }
    assert!(s.sent().contains("REGISTER me * s3cret"));
    s.hear(NET, ":srv REGISTER SUCCESS me :Account created");
    s.hear(NET, ":srv 900 me me!u@h me :You are now logged in as me");
    assert_eq!(kept_passwords(&mut s), ["s3cret"]);
    assert!(!left_behind(&mut s).contains("s3cret"));
}

#[test]
fn a_password_that_is_typed_to_a_service_is_neither_shown_nor_kept() {
    for line in [
        "/msg NickServ IDENTIFY s3cret",
        "/quote PRIVMSG NickServ :IDENTIFY me s3cret",
        "/ns identify s3cret",
    ] {
        let mut s = Stage::new();
        s.sent();
        s.keys(line);
        s.enter();
        assert!(s.sent().contains("s3cret"), "{line}");
        // Nor does its echo.
        s.hear(NET, ":me!u@h PRIVMSG NickServ :IDENTIFY s3cret");
        s.key(KeyCode::Up, KeyModifiers::NONE);
        assert!(!left_behind(&mut s).contains("s3cret"), "{line}");
    }
    let mut s = Stage::new();
    s.app.enter_line(NOW, "/msg NickServ");
    s.keys("identify s3cret");
    s.enter();
    assert!(s.sent().contains("PRIVMSG NickServ :identify s3cret"));
    assert!(!left_behind(&mut s).contains("s3cret"));
}

#[test]
fn another_certificate_is_shown_with_the_one_before_and_can_be_trusted() {
    use parlour_client::pins::Pin;
    let pin = |certificate: &str| Pin {
        certificate: certificate.into(),
        key: "k".into(),
    };
    let mut s = Stage::new();
    s.app
        .certificate_changed(NET, NOW, "chat:25000".into(), pin("AA:11"), pin("BB:22"));
    let screen = s.screen();
    assert!(
        screen.contains("AA:11") && screen.contains("BB:22"),
        "{screen}"
    );
    // Enter alone does not accept it.
    s.enter();
    assert!(matches!(s.app.mode, Mode::Confirm(_)));
    s.keys("n");
    s.app.take_commands();
    s.app.enter_line(NOW, "/trust new chat:25000");
    s.keys("y");
    let wishes = s.app.take_commands();
    let new = HostCommand::TrustNew(NET, "chat:25000".into(), pin("BB:22"));
    assert!(wishes.contains(&new), "{wishes:?}");
}
