//! TOKEN: a short-lived token that stands for the session elsewhere (after draft/authtoken), for
//! uploads.

use irc_wire::{Line, Message};
use parlour_core::place;

use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::ErrorReply;

/// Service that tokens are for.
const FILEHOST: &str = "filehost";
/// Milliseconds that a token is accepted.
const VALID_FOR: u64 = 10 * 60_000;

/// Answers `TOKEN GENERATE filehost` with `TOKEN GENERATE filehost token`.
pub(in crate::irc) fn answer(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    let subcommand = message.params.get(0).unwrap_or_default();
    let service = message.params.get(1).unwrap_or_default();
    let outcome = if subcommand.eq_ignore_ascii_case("GENERATE") {
        generate(door, cx, service)
    } else {
        Err(ErrorReply::fail(
            "TOKEN",
            "INVALID_SUBCOMMAND",
            &[subcommand],
            "Say TOKEN GENERATE filehost",
        ))
    };
    let server = cx.settings.server_name();
    match outcome {
        Ok(token) => Line::new(&mut cx.out)
            .from(server, "TOKEN")
            .word("GENERATE")
            .word(FILEHOST)
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
        .filter(|_| service == FILEHOST);
    let (Some(signer), Some(profile)) = (signer, &door.profile) else {
        let words = "There is no such service";
        return Err(ErrorReply::fail(
            "TOKEN",
            "NO_SUCH_SERVICE",
            &[service],
            words,
        ));
    };
    let owner = match &profile.account {
        Some(account) => format!("account:{}", settings.chat.fold(account).as_str()),
        None if settings.guests_upload => format!("guest:{}", place(&profile.address)),
        None => {
            let words = "Log in to upload files";
            return Err(ErrorReply::fail(
                "TOKEN",
                "ACCOUNT_REQUIRED",
                &[service],
                words,
            ));
        }
    };
    let until = cx.time.0.saturating_add(VALID_FOR);
    Ok(signer.sign(&format!("{until} {owner}")))
}
