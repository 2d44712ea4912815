//! Dialog that asks for passwords, which it never shows.

/// Bytes of an answer, at most.
const ANSWER: usize = 600;

/// Purpose of a password dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Login to an account.
    Login(String),
    /// Registration of an account, with a mail address if the server wants one.
    Register(String, Option<String>),
    /// Change of the password.
    Change,
}

/// Password dialog.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordForm {
    /// Purpose.
    pub purpose: Purpose,
    /// Answers so far.
    pub(super) answers: Vec<String>,
    field: String,
    /// Error in the last answer.
    pub wrong: Option<&'static str>,
}

impl std::fmt::Debug for PasswordForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the answers and the typed text, which are secret.
        write!(f, "Form({:?})", self.purpose)
    }
}

impl PasswordForm {
    pub(crate) fn new(purpose: Purpose) -> PasswordForm {
        PasswordForm {
            purpose,
            answers: Vec::new(),
            field: String::new(),
            wrong: None,
        }
    }

    /// Returns the current question.
    pub fn question(&self) -> String {
        match (&self.purpose, self.answers.len()) {
            (Purpose::Login(account), _) => format!("Password of {account}"),
            (Purpose::Register(account, _), 0) => format!("New password for {account}"),
            (Purpose::Change, 0) => "Current password".to_owned(),
            (Purpose::Change, 1) => "New password".to_owned(),
            (Purpose::Register(..) | Purpose::Change, _) => "The same again".to_owned(),
        }
    }

    /// Returns the answer as shown, masked.
    pub fn shown(&self) -> String {
        "•".repeat(self.field.chars().count())
    }

    /// Appends text to the answer, unless it would be too long.
    pub(super) fn push(&mut self, text: &str) {
        self.wrong = None;
        if self.field.len() + text.len() <= ANSWER {
            self.field.push_str(text);
        }
    }

    pub(super) fn pop(&mut self) {
        self.field.pop();
    }

    pub(super) fn clear(&mut self) {
        self.field.clear();
    }

    /// Completes an answer. Returns whether it was the last one.
    pub(super) fn next(&mut self) -> bool {
        let answer = std::mem::take(&mut self.field);
        let all = match self.purpose {
            Purpose::Login(_) => 1,
            Purpose::Register(..) => 2,
            Purpose::Change => 3,
        };
        let repeats = all > 1 && self.answers.len() + 1 == all;
        if answer.is_empty() {
            self.wrong = Some("empty; Esc leaves");
            return false;
        }
        if repeats && self.answers.last() != Some(&answer) {
            // The first of the two goes as well, so that both are asked again.
            self.answers.pop();
            self.wrong = Some("not the same; both once more");
            return false;
        }
        self.wrong = None;
        self.answers.push(answer);
        self.answers.len() == all
    }
}
