//! TOKEN: a short-lived token that stands for the session elsewhere (after draft/authtoken), for
//! uploads.

use irc_wire::{Line, Message};
use parlour_core::place;

use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::ErrorReply;

/// Service that tokens are for; its name is compared without case.
const FILEHOST: &str = "FILEHOST";
/// Milliseconds that a token is accepted.
const VALID_FOR: u64 = 10 * 60_000;

/// Answers `TOKEN GENERATE FILEHOST` with `TOKEN GENERATE FILEHOST address :token`, and
/// `TOKEN SERVICELIST` with that service.
pub(in crate::irc) fn answer(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    let subcommand = message.params.get(0).unwrap_or_default();
    let service = message.params.get(1).unwrap_or_default();
    let server = cx.settings.server_name();
    let address = cx.settings.filehost.as_deref().unwrap_or("*");
    if subcommand.eq_ignore_ascii_case("SERVICELIST") {
        let note = |out: &mut Vec<u8>, words: &[&str], text: &str| {
            let line = Line::new(out).from(server, "NOTE").word("TOKEN");
            words
                .iter()
                .fold(line, |line, word| line.word(word))
                .last(text)
                .end();
        };
        if cx.settings.file_tokens.is_some() {
            note(&mut cx.out, &["SERVICE", FILEHOST, address], "Uploads");
        }
        return note(&mut cx.out, &["END_OF_LIST"], "End of the services");
    }
    let outcome = if subcommand.eq_ignore_ascii_case("GENERATE") {
        generate(door, cx, service)
    } else {
        let words = "Say TOKEN GENERATE FILEHOST";
        Err(ErrorReply::fail(
            "TOKEN",
            "UNKNOWN_COMMAND",
            &[subcommand],
            words,
        ))
    };
    match outcome {
        Ok(token) => Line::new(&mut cx.out)
            .from(server, "TOKEN")
            .word("GENERATE")
            .word(FILEHOST)
            .word(address)
            .last(&token)
            .end(),
        Err(error) => error.write(&mut cx.out, server, door.shown_nick()),
    }
}

fn generate(door: &IrcDoor, cx: &Context, service: &str) -> Result<String, ErrorReply> {
    let settings = cx.settings;
    let signer = settings
        .file_tokens
        .as_ref()
        .filter(|_| service.eq_ignore_ascii_case(FILEHOST));
    let (Some(signer), Some(profile)) = (signer, &door.profile) else {
        let words = "There is no such service";
        return Err(ErrorReply::fail(
            "TOKEN",
            "UNKNOWN_SERVICE",
            &[service],
            words,
        ));
    };
    let owner = match &profile.account {
        Some(account) => format!("account:{}", settings.chat.fold(account).as_str()),
        None if settings.guests_upload => format!("guest:{}", place(&profile.address)),
        None => {
            let words = "Log in to upload files";
            return Err(ErrorReply::fail("TOKEN", "ACCOUNT_REQUIRED", &[], words));
        }
    };
    let until = cx.time.0.saturating_add(VALID_FOR);
    Ok(signer.sign(&format!("{until} {owner}")))
}
