//! Tokens for uploads: claims signed with a key of the data directory, so that nothing has to be kept.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use parlour_doors::settings::TokenSigner;
use ring::hmac;

use crate::ServerError;
use crate::secret_file::SecretFile;

/// Name of the key file in the data directory.
pub(crate) const FILE: &str = "upload-key";

/// Key that signs tokens and checks them.
#[derive(Clone)]
pub(crate) struct FileTokens(hmac::Key);

impl FileTokens {
    /// Opens the key in the data directory, which is created at the first start.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn open(data: &Path) -> Result<FileTokens, ServerError> {
        Ok(FileTokens(SecretFile::open(data, FILE)?.key()))
    }

    /// Returns the signer for the doors. Claims are the time until when the token is accepted, in
    /// milliseconds since 1970, and its owner.
    pub fn signer(&self) -> TokenSigner {
        let key = self.0.clone();
        TokenSigner::new(move |claims| {
            let tag = hmac::sign(&key, claims.as_bytes());
            format!("{}.{}", BASE64.encode(claims), BASE64.encode(tag))
        })
    }

    /// Returns the owner that a token is for, unless it is forged or expired.
    pub fn owner(&self, token: &str, now: u64) -> Option<String> {
        let (claims, tag) = token.split_once('.')?;
        let (claims, tag) = (BASE64.decode(claims).ok()?, BASE64.decode(tag).ok()?);
        hmac::verify(&self.0, &claims, &tag).ok()?;
        let claims = String::from_utf8(claims).ok()?;
        let (until, owner) = claims.split_once(' ')?;
        (now < until.parse().ok()?).then(|| owner.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_signed_is_accepted_and_not_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let tokens = FileTokens::open(dir.path()).unwrap();
        let token = tokens.signer().sign("1000 account:ann");
        assert_eq!(tokens.owner(&token, 999).as_deref(), Some("account:ann"));
        assert_eq!(tokens.owner(&token, 1000), None);
        let (_, tag) = token.split_once('.').unwrap();
        let forged = format!("{}.{tag}", BASE64.encode("9000 account:bob"));
        for other in [&*forged, "", ".", "x.y", &token[1..]] {
            assert_eq!(tokens.owner(other, 1), None, "{other}");
        }
        // Another server's tokens are none.
        let dir = tempfile::tempdir().unwrap();
        let others = FileTokens::open(dir.path()).unwrap();
        assert_eq!(others.owner(&token, 1), None);
    }
}
