//! Text of refusals: sentences that say what to do.

use irc_wire::time;
use parlour_core::names::NickError;
use parlour_core::reply::SendError;
use parlour_core::{Refusal, Time};

/// Returns the sentence for an invalid nickname.
pub(super) fn bad_nick(why: NickError) -> &'static str {
    match why {
        NickError::Empty => "A nickname needs at least one letter.",
        NickError::TooLong => "That nickname is too long; try a shorter one.",
        NickError::BadStart => "A nickname cannot begin with a digit or a hyphen; try another.",
        NickError::BadCharacter => {
            "A nickname holds letters, digits and -_[]\\`^{}| only, no spaces; try another."
        }
        NickError::Reserved => "That nickname is kept for the server itself; try another.",
    }
}

/// Returns the sentence for a refusal.
pub(super) fn refusal(refusal: &Refusal) -> String {
    use Refusal as R;
    match refusal {
        R::NickInUse(nick) => format!("The nickname {nick} is taken; try another."),
        R::BadNick(_, why) => bad_nick(*why).into(),
        R::NoSuchNick(nick) => format!(
            "Nobody here is called {}. /online tells who is here.",
            safe(nick)
        ),
        R::NoSuchChannel(name) => format!("There is no room {}. /rooms lists them.", safe(name)),
        R::BadChannelName(name) => {
            format!(
                "{} cannot be a room: it is # and a name of at most 63 bytes without spaces and commas.",
                safe(name)
            )
        }
        R::NotOnChannel(name) => format!("You are not in {name}."),
        R::UserNotOnChannel(nick, name) => format!("{nick} is not in {name}."),
        R::AlreadyOnChannel(nick, name) => format!("{nick} is in {name} already."),
        R::CannotSend(name, fault) => cannot_send(name, *fault),
        R::OpNeeded(name) => format!("Only an operator of {name} may do that."),
        R::Banned(name) => format!("You are banned from {name}."),
        R::InviteOnly(name) => format!("{name} is for those who are invited."),
        R::WrongKey(name) => format!("{name} needs its key: /join {name} key"),
        R::Full(name) => format!("{name} is full."),
        R::TooManyChannels(_) => "You are in too many rooms; /part one first.".into(),
        R::ListFull(name, _, _) => format!("That list of {name} is full."),
        R::NickReserved(nick) => format!(
            "The nickname {nick} belongs to an account. Give its password, or press Enter for another nickname."
        ),
        R::LoginFailed => "Wrong account or password.".into(),
        R::NotLoggedIn => "You are not logged in. /login does that.".into(),
        R::LoggedInAlready(name) => format!("You are logged in as {name} already."),
        R::AccountExists(name) => format!("The account {name} is somebody else's."),
        R::BadAccountName(name) => format!("{name} cannot be an account."),
        R::WeakPassword(least) => format!("A password needs at least {least} characters."),
        R::BadPassword => "A password has at most 600 bytes, none of them NUL.".into(),
        R::RegistrationClosed(_) => "Nobody can register here; ask an operator.".into(),
        R::TooManySessions => "You have too many connections already; close one first.".into(),
        R::InsecurePassword => {
            "Passwords are not taken over a connection that others can read; use TLS.".into()
        }
        R::TooManyPasswords => "Too many wrong passwords; try again in a minute.".into(),
        R::PasswordsBusy => {
            "Too many passwords are being checked just now; try again in a moment.".into()
        }
        R::BadKey(_) => "A key is one word without commas.".into(),
        R::NotYourModes => "You can change your own modes only.".into(),
        R::AlreadyRegistered => "You have a nickname already; /nick changes it.".into(),
        R::NoHistory(_, name) => format!("You may not read what was said in {}.", safe(name)),
        R::HistoryFailed(..) | R::ConversationsFailed | R::ReplayFailed => {
            "The history could not be read just now; try again.".into()
        }
        R::NoSearch(name) => format!("There is nothing called {} that you may read.", safe(name)),
        R::TooManyTerms => "Those are too many words: search for 20 at most.".into(),
        R::NothingToSearch => "There is no word in it to search for.".into(),
        R::SearchFailed => "The search took too long, or could not be run; look for less.".into(),
        R::BadMail(_) => {
            "Accounts need a mail address here: /register you@example.org password".into()
        }
        R::MailRefused => "No mail is taken for that address; check it.".into(),
        R::MailUnavailable => "No mail can be sent at the moment; try again later.".into(),
        R::WrongCode(_) => "That is not the code, or it is too late; register again.".into(),
        R::BannedNick(channel) => {
            format!("You may not change your nickname while you are banned in {channel}.")
        }
        R::Muted(_, reason, until) => ban_text("You are muted on this server", reason, *until),
        R::ServerBanned(reason, until) => {
            ban_text("You are banned from this server", reason, *until)
        }
        R::Suspended(reason, until) => ban_text("That account is suspended", reason, *until),
        R::WrongPassword => "That is not the password.".into(),
        R::RegisteredOnly(name) => format!("{name} is for those with an account."),
        R::NeedsAccount(nick) => {
            format!("{nick} takes messages only from those with an account.")
        }
        R::NoCtcp(nick) => format!("{nick} takes no CTCP."),
        // No request of a plain client is refused for any other reason.
        other => format!("That could not be done ({other:?})."),
    }
}

fn cannot_send(name: &str, fault: SendError) -> String {
    let why = match fault {
        SendError::Outside => "only those in it may speak".into(),
        SendError::Moderated => "it is moderated, and you have no voice".into(),
        SendError::Banned => "you are banned".into(),
        SendError::Ctcp => "it takes no CTCP".into(),
        SendError::Unregistered => "only those with an account may speak".into(),
        SendError::Slow(ms) => {
            let seconds = ms.div_ceil(1000);
            format!("it is slow, and you may speak again in {seconds} s")
        }
    };
    format!("That was not sent to {name}: {why}.")
}

fn ban_text(what: &str, reason: &str, until: Option<Time>) -> String {
    let until = until.map(|until| format!(" until {}", time::format(until.0)));
    let reason = irc_wire::terminal::neutralise(reason);
    let colon = if reason.is_empty() { "" } else { ": " };
    format!("{what}{}{colon}{reason}.", until.unwrap_or_default())
}

fn safe(text: &str) -> String {
    irc_wire::terminal::neutralise(irc_wire::text::cut(text, 64)).into_owned()
}
