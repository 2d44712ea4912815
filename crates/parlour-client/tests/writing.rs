//! Typing and pasting, and the messages sent.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod stage;

use crossterm::event::{KeyCode, KeyModifiers};
use parlour_client::aliases::Alias;
use parlour_client::app::HostCommand;
use parlour_client::app::mode::Mode;
use stage::{NET, NOW, Stage};

#[test]
fn markdown_is_sent_as_formatting_and_edited_as_markdown() {
    let mut s = Stage::new();
    s.sent();
    s.line("this is *bold*, _so_ and `code`");
    let sent = s.sent();
    assert!(
        sent.contains(
            "PRIVMSG #lab :this is \u{2}bold\u{2}, \u{1d}so\u{1d} and \u{11}code\u{11}\r\n"
        ),
        "{sent:?}"
    );
    let line = s.app.model.buffer().lines.back().unwrap().clone();
    assert_eq!(line.text.as_str(), "this is bold, so and code");
    assert!(line.text.style_at(8).0.bold && line.text.style_at(22).0.code);
    s.line("/me is *there*");
    assert!(s.sent().contains("ACTION is \u{2}there\u{2}"));
    s.hear(NET, "@msgid=o;label=m1 :me!u@h PRIVMSG #lab :this is \u{2}bold\u{2}, \u{1d}so\u{1d} and \u{11}code\u{11}\r\n@msgid=o2;label=m2 :me!u@h PRIVMSG #lab :\u{1}ACTION is \u{2}there\u{2}\u{1}");
    s.line("/edit o");
    assert_eq!(s.app.composer.text(), "this is *bold*, _so_ and `code`");
    s.key(KeyCode::Esc, KeyModifiers::NONE);
    s.line("/set markdown off");
    s.line("this is *plain*");
    assert!(s.sent().contains("PRIVMSG #lab :this is *plain*\r\n"));
}

#[test]
fn a_key_types_a_pair_of_signs_and_leaves_it() {
    let mut s = Stage::new();
    s.control('b');
    s.keys("now");
    s.control('b');
    s.keys(" or ");
    s.key(KeyCode::Char('t'), KeyModifiers::ALT);
    s.keys("then");
    assert_eq!(s.app.composer.text(), "*now* or _then_");
}

#[test]
fn a_long_paste_is_sent_in_as_few_messages_as_can_be() {
    let mut s = Stage::bare();
    let caps = "batch labeled-response echo-message message-tags draft/multiline";
    s.greet(caps, "");
    s.hear(NET, ":me!u@h JOIN #lab");
    s.sent();
    let text: Vec<String> = (1..=60).map(|n| format!("line {n}")).collect();
    s.app.paste(NOW, &text.join("\n"));
    assert!(matches!(s.app.mode, Mode::Paste(_)));
    assert_eq!(s.app.message_count(&text.join("\n")), 3);
    s.key(KeyCode::Enter, KeyModifiers::NONE);
    let sent = s.sent();
    assert_eq!(sent.matches("draft/multiline #lab").count(), 3, "{sent}");
    assert_eq!(sent.matches("PRIVMSG #lab :line ").count(), 60);
    for batch in sent.split("BATCH +").skip(1) {
        assert!(batch.matches("PRIVMSG").count() <= 24);
    }
}

/// /plain gives the mouse back without changing the setting, which /set then takes again.
#[test]
fn the_mouse_is_set_even_if_the_setting_says_so_already() {
    let mut s = Stage::new();
    for (value, on) in [("on", true), ("off", false), ("off", false), ("on", true)] {
        s.app.take_commands();
        s.app.enter_line(NOW, &format!("/set mouse {value}"));
        assert!(s.app.take_commands().contains(&HostCommand::Mouse(on)));
    }
}

#[test]
fn settings_are_kept_on_request_and_asked_about_on_leaving() {
    let mut s = Stage::new();
    s.line("/set --save theme light");
    let saved = |s: &mut Stage| {
        let wishes = s.app.take_commands().into_iter();
        wishes
            .filter_map(|wish| match wish {
                HostCommand::SaveSettings(values) => Some(format!("{values:?}")),
                HostCommand::Quit => Some("quit".into()),
                HostCommand::Suspend
                | HostCommand::Redraw
                | HostCommand::Edit(_)
                | HostCommand::Copy(_)
                | HostCommand::Open(_)
                | HostCommand::Notify(_)
                | HostCommand::Mouse(_)
                | HostCommand::Reconnect(_)
                | HostCommand::Hold(_)
                | HostCommand::Leave(_)
                | HostCommand::Connect(..)
                | HostCommand::KeepPassword { .. }
                | HostCommand::Trust(_)
                | HostCommand::TrustNew(..)
                | HostCommand::Export(..)
                | HostCommand::Reload
                | HostCommand::Upload(_)
                | HostCommand::CancelUploads
                | HostCommand::LookForFile(_)
                | HostCommand::Exec { .. } => None,
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(saved(&mut s), ["[(\"theme\", \"light\")]"]);
    // Saved settings are not asked about; settings changed since are.
    s.line("/filter joins off");
    s.line("/set vi on");
    s.line("/set vi off");
    s.line("/quit bye");
    assert!(matches!(s.app.mode, Mode::Confirm(_)));
    assert!(saved(&mut s).is_empty());
    assert_eq!(s.app.changed_settings(), "joins = off, vi = off");
    // Esc cancels quitting.
    s.key(KeyCode::Esc, KeyModifiers::NONE);
    assert!(saved(&mut s).is_empty());
    s.line("/quit bye");
    s.keys("y");
    assert_eq!(
        saved(&mut s),
        ["[(\"joins\", \"off\"), (\"vi\", \"off\")]", "quit"]
    );
    assert!(s.sent().contains("QUIT :bye") || s.sent().is_empty());
    // Ctrl+C quits without the question.
    let mut s = Stage::new();
    s.line("/theme dark");
    for _ in 0..3 {
        s.control('c');
    }
    assert_eq!(saved(&mut s), ["quit"]);
}

#[test]
fn aliases_stand_for_lines() {
    let mut s = Stage::new();
    let lines = Alias::Lines(vec![
        "/me waves at $1".into(),
        "/join #$2".into(),
        "hi $1".into(),
    ]);
    s.app.settings.aliases.insert("hi".into(), lines);
    let circle = Alias::Line("/loop".into());
    s.app.settings.aliases.insert("loop".into(), circle);
    s.sent();
    s.line("/hi bob den");
    let sent = s.sent();
    for part in ["ACTION waves at bob", "JOIN #den", "PRIVMSG #lab :hi bob"] {
        assert!(sent.contains(part), "{part}: {sent}");
    }
    s.line("/loop");
    assert!(
        s.app
            .model
            .buffer()
            .lines
            .back()
            .unwrap()
            .text
            .as_str()
            .contains("no /loop")
    );
}

#[test]
fn commands_of_the_configuration_run_at_each_connection() {
    let mut s = Stage::bare();
    let net = s.app.add_network(parlour_client::app::Start {
        name: "third".into(),
        identity: parlour_client::engine::Identity {
            nick: "me".into(),
            realname: "Me".into(),
            login: None,
        },
        rooms: vec![],
        commands: vec![
            "/msg NickServ IDENTIFY me sesame".into(),
            "/quote MODE me +B".into(),
        ],
        asked: false,
        store_password: false,
    });
    for _ in 0..2 {
        s.connect(net);
        s.hear(net, ":s CAP * LS :\r\n:s 001 me :hi\r\n:s 422 me :none");
        let sent = String::from_utf8(s.app.take_output(net)).unwrap();
        assert!(
            sent.contains("PRIVMSG NickServ :IDENTIFY me sesame\r\n"),
            "{sent}"
        );
        assert!(sent.contains("MODE me +B\r\n"), "{sent}");
        s.app.disconnected(net, NOW, "gone", 1);
    }
    // Secrets are in no buffer.
    let texts = s.app.model.buffers.iter().flat_map(|b| &b.lines);
    assert!(
        !texts
            .map(|line| line.text.as_str())
            .any(|text| text.contains("sesame"))
    );
}

#[test]
fn what_is_typed_stays_where_it_is_typed_when_a_connection_runs_its_commands() {
    let mut s = Stage::new();
    let net = s.app.add_network(parlour_client::app::Start {
        name: "third".into(),
        identity: parlour_client::engine::Identity {
            nick: "me".into(),
            realname: "Me".into(),
            login: None,
        },
        rooms: vec![],
        commands: vec!["/msg bob hello".into(), "/query bob".into()],
        asked: false,
        store_password: false,
    });
    s.control('g');
    s.keys("#lab");
    s.key(KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!(s.app.model.buffer().raw_name, "#lab");
    s.keys("half a thought");
    s.connect(net);
    s.hear(net, ":s CAP * LS :\r\n:s 001 me :hi\r\n:s 422 me :none");
    let shown = s.app.model.buffer();
    assert_eq!((shown.network, shown.raw_name.as_str()), (net, "bob"));
    assert_eq!(s.app.composer.text(), "");
    let lab = s.app.model.find(NET, "#lab").unwrap();
    assert_eq!(s.app.model.buffers[lab].draft, "half a thought");
    let own = s
        .app
        .model
        .buffers
        .iter()
        .find(|b| b.network == net)
        .unwrap();
    assert_eq!(own.draft, "");
    // Without a switch, nothing is seen of it.
    let mut s = Stage::new();
    let net = s.app.add_network(parlour_client::app::Start {
        name: "third".into(),
        identity: parlour_client::engine::Identity {
            nick: "me".into(),
            realname: "Me".into(),
            login: None,
        },
        rooms: vec![],
        commands: vec!["/quote MODE me +B".into()],
        asked: false,
        store_password: false,
    });
    s.control('g');
    s.keys("#lab");
    s.key(KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!(s.app.model.buffer().raw_name, "#lab");
    s.keys("half a thought");
    s.connect(net);
    s.hear(net, ":s CAP * LS :\r\n:s 001 me :hi\r\n:s 422 me :none");
    assert_eq!(s.app.model.buffer().raw_name, "#lab");
    assert_eq!(s.app.composer.text(), "half a thought");
}

#[test]
fn what_a_command_of_the_shell_writes_goes_where_it_was_asked_for() {
    let mut s = Stage::new();
    s.line("/exec -o echo hi");
    let wish = s.app.take_commands().into_iter().find_map(|wish| {
        if let HostCommand::Exec {
            command,
            net,
            buffer,
            say,
        } = wish
        {
            Some((command, net, buffer, say))
        } else {
            None
        }
    });
    let (command, net, buffer, say) = wish.unwrap();
    assert_eq!(
        (command.as_str(), net, buffer.as_str(), say),
        ("echo hi", NET, "#lab", true)
    );
    s.line("/buffer #ops");
    s.sent();
    s.app.executed(net, &buffer, say, Ok("hi\nthere\n".into()));
    let sent = s.sent();
    assert!(
        sent.contains("#lab hi") && sent.contains("#lab there"),
        "{sent}"
    );
    // Without -o the output is only shown.
    s.app.executed(NET, "#ops", false, Ok("only here\n".into()));
    assert!(s.sent().is_empty());
    assert!(
        s.app
            .model
            .buffer()
            .lines
            .back()
            .unwrap()
            .text
            .as_str()
            .contains("only here")
    );
}
