//! Questions of the first run, each with a default answer.

use std::io::{self, Read, Write};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use crate::Address;
use crate::input::{Decoder, Input};

/// Answers of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstRunAnswers {
    /// Address of the server.
    pub server: Address,
    /// Nick; also the name of the account, if there is a password.
    pub nick: String,
    /// Password; `None` for a guest.
    pub password: Option<String>,
    /// True to register the account.
    pub make: bool,
}

/// Asks for server, nick and password. Returns `None` if the user quits.
///
/// # Errors
/// The terminal is gone.
pub fn ask(
    server: &str,
    nick: &str,
    reach: impl Fn(&Address) -> Result<(), String>,
) -> io::Result<Option<FirstRunAnswers>> {
    println!(
        "Welcome to parlour. Three questions; Enter accepts the answer in brackets, Ctrl+C quits.\n"
    );
    let mut proposed = server.to_owned();
    let mut unreached = None;
    let server = loop {
        let Some(given) = line(&format!("Server [{proposed}]: "), true)? else {
            return Ok(None);
        };
        let given = if given.is_empty() {
            proposed.clone()
        } else {
            given
        };
        let address = match given.parse::<Address>() {
            Ok(address) => address,
            Err(error) => {
                println!("That is no server: {error}");
                continue;
            }
        };
        // A server that does not answer may be mistyped; the same address twice is accepted.
        match reach(&address) {
            Ok(()) => break address,
            Err(_) if unreached.as_ref() == Some(&address) => break address,
            Err(error) => {
                println!(
                    "{error}\nType another, or press Enter if it is right and just down at the moment."
                );
                proposed.clone_from(&given);
                unreached = Some(address);
            }
        }
    };
    let nick = loop {
        let Some(given) = line(&format!("Nickname [{nick}]: "), true)? else {
            return Ok(None);
        };
        let given = if given.is_empty() {
            nick.to_owned()
        } else {
            given
        };
        if !given.contains([' ', ',', ':', '#', '!', '@']) {
            break given;
        }
        println!("A nickname has no spaces and none of , : # ! @");
    };
    let (password, make) = loop {
        let Some(given) = password("Password of your account (empty: you are a guest): ")? else {
            return Ok(None);
        };
        if given.is_empty() {
            break (None, false);
        }
        let question =
            "The same again, if this is a new account (empty: you have the account already): ";
        match password(question)? {
            None => return Ok(None),
            Some(again) if again.is_empty() => break (Some(given), false),
            Some(again) if again == given => break (Some(given), true),
            Some(_) => println!("They are not the same."),
        }
    };
    Ok(Some(FirstRunAnswers {
        server,
        nick,
        password,
        make,
    }))
}

/// Asks for a password without echo. Returns `None` if the user quits.
///
/// # Errors
/// The terminal is gone.
pub fn password(question: &str) -> io::Result<Option<String>> {
    line(question, false)
}

/// Guard of raw mode, which it ends when dropped.
struct Raw;

impl Drop for Raw {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let _ = disable_raw_mode();
    }
}

/// Reads one line of text.
fn line(question: &str, shown: bool) -> io::Result<Option<String>> {
    let mut out = io::stdout();
    write!(out, "{question}")?;
    out.flush()?;
    enable_raw_mode()?;
    let raw = Raw;
    let mut decoder = Decoder::default();
    let mut text = String::new();
    let mut bytes = [0; 1024];
    let answer = 'read: loop {
        let count = io::stdin().lock().read(&mut bytes)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for input in decoder.feed(&bytes[..count]) {
            match input {
                Input::Paste(pasted) => {
                    text.push_str(pasted.trim());
                    if shown {
                        write!(out, "{}", crate::SafeText::new(pasted.trim()))?;
                    }
                }
                Input::Key(key) => match typed(key) {
                    Typed::Letter(c) => {
                        text.push(c);
                        if shown {
                            write!(out, "{c}")?;
                        }
                    }
                    Typed::Back => {
                        if text.pop().is_some() && shown {
                            write!(out, "\x08 \x08")?;
                        }
                    }
                    Typed::Done => break 'read Some(text),
                    Typed::Leave => break 'read None,
                    Typed::Nothing => {}
                },
                Input::Mouse(_)
                | Input::Focus(_)
                | Input::Background(..)
                | Input::Dark(_)
                | Input::Synchronised => {}
            }
        }
        out.flush()?;
    };
    drop(raw);
    println!();
    Ok(answer)
}

enum Typed {
    Letter(char),
    Back,
    Done,
    Leave,
    Nothing,
}

fn typed(key: KeyEvent) -> Typed {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Enter => Typed::Done,
        KeyCode::Backspace => Typed::Back,
        KeyCode::Char('h') if control => Typed::Back,
        KeyCode::Char('j') if control => Typed::Done,
        KeyCode::Char('c' | 'd') if control => Typed::Leave,
        KeyCode::Char(c) if (key.modifiers - KeyModifiers::SHIFT).is_empty() => Typed::Letter(c),
        _ => Typed::Nothing,
    }
}
