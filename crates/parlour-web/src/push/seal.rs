//! Encryption of a push message for one device (RFC 8291, `aes128gcm` of RFC 8188), in one record.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::{SecureRandom, SystemRandom};

/// Bytes of a point of P-256, uncompressed.
const POINT: usize = 65;
/// Bytes of the secret that a device shares.
const AUTH: usize = 16;
/// Bytes of the salt.
const SALT: usize = 16;
/// Bytes of the header: salt, record size, length of the key, key.
const HEADER: usize = SALT + 4 + 1 + POINT;
/// Bytes of the delimiter and the tag.
const OVERHEAD: usize = 1 + 16;
/// Bytes of a body. All messages have the same, so that their length tells nothing.
const BODY: usize = 2048;
/// Bytes of a message.
pub const TEXT_MAX: usize = BODY - HEADER - OVERHEAD;

/// Length of a key that is derived.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// Returns whether bytes can be the public key of a device: a point in uncompressed form.
pub fn is_key(bytes: &[u8]) -> bool {
    bytes.len() == POINT && bytes[0] == 4
}

/// Encrypts a message of at most [`TEXT_MAX`] bytes for the device with this public key and secret.
///
/// # Errors
/// The key is no point of the curve, the secret has not 16 bytes, or the message is too long.
pub fn encrypt(key: &[u8], auth: &[u8], text: &[u8]) -> Result<Vec<u8>, Unspecified> {
    if auth.len() != AUTH || text.len() > TEXT_MAX {
        return Err(Unspecified);
    }
    let random = SystemRandom::new();
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &random)?;
    let public = own.compute_public_key()?;
    let mut salt = [0; SALT];
    random.fill(&mut salt)?;
    let device = UnparsedPublicKey::new(&ECDH_P256, key);
    agree_ephemeral(own, &device, |secret| {
        seal(secret, (key, auth), (public.as_ref(), &salt), text, BODY)
    })?
}

/// Encrypts with a shared secret: the device's key and secret, the server's key and salt, the text, and
/// the bytes that the body is padded to. These are also the record size, as some clients insist.
fn seal(
    secret: &[u8],
    (key, auth): (&[u8], &[u8]),
    (own, salt): (&[u8], &[u8]),
    text: &[u8],
    total: usize,
) -> Result<Vec<u8>, Unspecified> {
    let mut input = [0; 32];
    let info = [&b"WebPush: info\0"[..], key, own];
    let extracted = Salt::new(HKDF_SHA256, auth).extract(secret);
    extracted.expand(&info, HKDF_SHA256)?.fill(&mut input)?;
    let extracted = Salt::new(HKDF_SHA256, salt).extract(&input);
    let info = [&b"Content-Encoding: aes128gcm\0"[..]];
    let sealing = LessSafeKey::new(UnboundKey::from(extracted.expand(&info, &AES_128_GCM)?));
    let mut nonce = [0; 12];
    let info = [&b"Content-Encoding: nonce\0"[..]];
    extracted.expand(&info, Length(12))?.fill(&mut nonce)?;
    let mut record = text.to_vec();
    // The delimiter of the last record, then zeros.
    record.push(2);
    let padded = total
        .checked_sub(HEADER + 16)
        .filter(|padded| *padded >= record.len());
    record.resize(padded.ok_or(Unspecified)?, 0);
    let nonce = Nonce::assume_unique_for_key(nonce);
    sealing.seal_in_place_append_tag(nonce, Aad::empty(), &mut record)?;
    let size = u32::try_from(total).map_err(|_| Unspecified)?;
    let length = u8::try_from(own.len()).map_err(|_| Unspecified)?;
    let mut body = Vec::with_capacity(total);
    body.extend_from_slice(salt);
    body.extend_from_slice(&size.to_be_bytes());
    body.push(length);
    body.extend_from_slice(own);
    body.append(&mut record);
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::super::base64url::decode;
    use super::*;

    /// Example of RFC 8291 §5; only the record size differs, which that example has larger.
    #[test]
    fn the_example_of_the_standard_comes_out() {
        let bytes = |text: &str| decode(text).unwrap();
        let key = bytes(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        );
        let own = bytes(
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
        );
        let secret = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let auth = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw");
        let wanted = bytes(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
        );
        let text = b"When I grow up, I want to be a watermelon";
        let body = seal(&secret, (&key, &auth), (&own, &salt), text, wanted.len()).unwrap();
        assert_eq!(body[..16], wanted[..16]);
        assert_eq!(body[20..], wanted[20..]);
    }

    #[test]
    fn what_no_device_has_is_refused() {
        let key = [4; POINT];
        assert!(encrypt(&key, &[0; AUTH], b"x").is_err());
        assert!(encrypt(b"short", &[0; AUTH], b"x").is_err());
        assert!(!is_key(b"short"));
    }
}
