//! Push messages: a push service of the test's own, with TLS.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{self, ECDH_P256, EphemeralPrivateKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use support::cluster::Cluster;
use support::{PATIENCE, Server, Wire};

/// A message that was delivered: the head of its request, and its body.
type Delivered = (String, Vec<u8>);

/// Push service that answers each message with a status.
struct PushService {
    port: u16,
    authority: String,
    delivered: Receiver<Delivered>,
}

impl PushService {
    fn start(status: u16) -> PushService {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".into(), "127.0.0.1".into()])
            .unwrap();
        let certificate: CertificateDer<'static> = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (out, delivered) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                let connection = rustls::ServerConnection::new(config.clone()).unwrap();
                let mut tls = rustls::StreamOwned::new(connection, stream);
                if let Some(message) = receive(&mut tls) {
                    let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n");
                    let _ = tls.write_all(answer.as_bytes());
                    let _ = tls.flush();
                    let _ = out.send(message);
                }
            }
        });
        PushService {
            port,
            authority: made.cert.pem(),
            delivered,
        }
    }

    fn next(&self) -> Delivered {
        self.delivered.recv_timeout(PATIENCE).unwrap()
    }
}

fn receive(stream: &mut impl std::io::Read) -> Option<Delivered> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if std::io::Read::read(stream, &mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let lower = head.to_lowercase();
    let length = lower
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))?;
    let mut body = vec![0; length.trim().parse().ok()?];
    std::io::Read::read_exact(stream, &mut body).ok()?;
    Some((head, body))
}

/// A device with its keys.
struct Device {
    private: EphemeralPrivateKey,
    public: Vec<u8>,
    auth: [u8; 16],
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Device {
    fn new() -> Device {
        let private = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
        let public = private.compute_public_key().unwrap().as_ref().to_vec();
        Device {
            private,
            public,
            auth: [7; 16],
        }
    }

    fn keys(&self) -> String {
        format!(
            "p256dh={};auth={}",
            BASE64.encode(&self.public),
            BASE64.encode(self.auth)
        )
    }

    /// Decrypts a message (RFC 8291).
    fn open(self, body: &[u8]) -> String {
        let (salt, size, own) = (&body[..16], &body[16..20], &body[21..86]);
        // Some clients insist that the record is the whole body.
        assert_eq!(
            u32::from_be_bytes(size.try_into().unwrap()) as usize,
            body.len()
        );
        let sender = agreement::UnparsedPublicKey::new(&ECDH_P256, own);
        let (public, auth) = (&self.public, self.auth);
        let mut record = body[86..].to_vec();
        let length = agree_ephemeral(self.private, &sender, |secret| {
            let mut input = [0; 32];
            let info = [&b"WebPush: info\0"[..], public, own];
            let extracted = Salt::new(HKDF_SHA256, &auth).extract(secret);
            extracted
                .expand(&info, HKDF_SHA256)
                .unwrap()
                .fill(&mut input)
                .unwrap();
            let extracted = Salt::new(HKDF_SHA256, salt).extract(&input);
            let info = [&b"Content-Encoding: aes128gcm\0"[..]];
            let key = UnboundKey::from(extracted.expand(&info, &AES_128_GCM).unwrap());
            let mut nonce = [0; 12];
            let info = [&b"Content-Encoding: nonce\0"[..]];
            extracted
                .expand(&info, Length(12))
                .unwrap()
                .fill(&mut nonce)
                .unwrap();
            let nonce = Nonce::assume_unique_for_key(nonce);
            let opened = LessSafeKey::new(key)
                .open_in_place(nonce, Aad::empty(), &mut record)
                .unwrap();
            opened.iter().rposition(|&byte| byte == 2).unwrap()
        });
        record.truncate(length.unwrap());
        String::from_utf8(record).unwrap()
    }
}

/// The section of the configuration for a service, whose authority is put beside it.
fn section(data: &Path, service: &PushService, allow: &str) -> String {
    let authority = data.join("authority.pem");
    std::fs::write(&authority, &service.authority).unwrap();
    format!(
        "[push]\ncontact = \"mailto:me@school.org\"\nallow = [{allow}]\nauthorities = {authority:?}\n"
    )
}

fn configured(data: &Path, service: &PushService, allow: &str) -> Server {
    let push = section(data, service, allow);
    let config = format!("[[listen]]\naddress = \"127.0.0.1:0\"\n{push}");
    Server::configured(data, &config)
}

/// A user with an account, who is away.
fn away_user(server: &Server) -> Wire {
    let mut bob = server.connect();
    bob.send("CAP REQ :draft/webpush sasl\r\nNICK bob\r\nUSER b 0 * :b\r\nCAP END\r\n");
    bob.until("VAPID=");
    bob.send("REGISTER * * correct-horse\r\n");
    bob.until("REGISTER SUCCESS");
    bob.send("JOIN #lobby\r\nAWAY :out\r\n");
    bob.until(" 306 ");
    bob
}

/// A server with a user who is away, and the address of their device.
fn subscriber(data: &Path, service: &PushService) -> (Server, Wire, String) {
    let server = configured(data, service, "\"127.0.0.0/8\"");
    let bob = away_user(&server);
    let endpoint = format!("https://127.0.0.1:{}/device", service.port);
    (server, bob, endpoint)
}

/// Registers a device under an address, in place of the one before.
fn register(bob: &mut Wire, endpoint: &str) -> Device {
    let device = Device::new();
    bob.send(&format!(
        "WEBPUSH REGISTER {endpoint} {}\r\n",
        device.keys()
    ));
    bob.until(&format!("WEBPUSH REGISTER {endpoint}"));
    device
}

#[test]
fn mentions_and_private_messages_are_pushed_to_who_does_not_look() {
    let data = tempfile::tempdir().unwrap();
    let service = PushService::start(201);
    let (server, mut bob, endpoint) = subscriber(data.path(), &service);
    let mut ann = server.irc("ann");
    for (line, wanted, text) in [
        (
            "PRIVMSG #lobby :hello bob, look",
            "PRIVMSG #lobby",
            "hello bob, look",
        ),
        ("PRIVMSG bob :just you", "PRIVMSG bob", "just you"),
    ] {
        let device = register(&mut bob, &endpoint);
        // What names nobody is not pushed.
        ann.send(&format!(
            "PRIVMSG #lobby :nobody here, not bobby either\r\n{line}\r\n"
        ));
        let (head, body) = service.next();
        assert!(head.starts_with("POST /device HTTP/1.1"), "{head}");
        let lower = head.to_lowercase();
        for header in [
            "content-encoding: aes128gcm",
            "ttl: ",
            "urgency: high",
            "authorization: vapid t=",
        ] {
            assert!(lower.contains(header), "{header}: {head}");
        }
        let pushed = device.open(&body);
        assert!(
            pushed.contains(":ann!") && pushed.contains(wanted) && pushed.contains(text),
            "{pushed}"
        );
        assert!(pushed.contains("msgid="), "{pushed}");
    }
    // Back, and talking: nothing is pushed; the next push is that of the next absence.
    bob.send("AWAY\r\nPRIVMSG #lobby :here I am\r\n");
    bob.until(" 305 ");
    ann.until("here I am");
    ann.send("PRIVMSG #lobby :bob, welcome\r\nPING one\r\n");
    ann.until("one");
    let device = Device::new();
    bob.send(&format!(
        "WEBPUSH REGISTER {endpoint} {}\r\nAWAY :again\r\n",
        device.keys()
    ));
    bob.until(" 306 ");
    ann.send("PRIVMSG bob :after that\r\n");
    assert!(device.open(&service.next().1).contains("after that"));
    // Until it is ended: the other device gets the next one, and is the only one that does.
    let other = Device::new();
    bob.send(&format!(
        "WEBPUSH UNREGISTER {endpoint}\r\nWEBPUSH REGISTER {endpoint}-2 {}\r\n",
        other.keys()
    ));
    bob.until(&format!("WEBPUSH REGISTER {endpoint}-2"));
    // The database follows the journal.
    support::eventually("the other subscription", || {
        let store = rusqlite::Connection::open(data.path().join("parlour.db")).unwrap();
        let sql = "SELECT coalesce(group_concat(endpoint), 'none') FROM push";
        let kept: String = store.query_row(sql, [], |row| row.get(0)).unwrap();
        if kept == format!("{endpoint}-2") {
            Ok(())
        } else {
            Err(kept)
        }
    });
    ann.send("PRIVMSG bob :for the other\r\n");
    let (head, body) = service.next();
    assert!(head.starts_with("POST /device-2 "), "{head}");
    assert!(other.open(&body).contains("for the other"));
}

#[test]
fn what_was_read_on_one_device_is_told_to_the_others() {
    let data = tempfile::tempdir().unwrap();
    let service = PushService::start(201);
    let (server, mut bob, endpoint) = subscriber(data.path(), &service);
    let mut ann = server.irc("ann");
    let device = register(&mut bob, &endpoint);
    ann.send("PRIVMSG bob :just you\r\n");
    assert!(device.open(&service.next().1).contains("just you"));
    let device = register(&mut bob, &endpoint);
    // Of another conversation, of what was said before, and twice: one of these is due.
    bob.send("MARKREAD #other timestamp=2099-01-01T00:00:00.000Z\r\n");
    bob.send("MARKREAD ann timestamp=2020-01-01T00:00:00.000Z\r\n");
    bob.send("MARKREAD ann timestamp=2098-01-01T00:00:00.000Z\r\n");
    bob.send("MARKREAD ann timestamp=2099-01-01T00:00:00.000Z\r\n");
    let read = device.open(&service.next().1);
    assert!(read.starts_with("MARKREAD ann timestamp="), "{read}");
    assert!(!read.contains("=2020"), "of before the message: {read}");
    let device = register(&mut bob, &endpoint);
    ann.send("PRIVMSG bob :the next\r\n");
    assert!(device.open(&service.next().1).contains("the next"));
}

#[test]
fn a_push_service_can_tell_who_sends() {
    let data = tempfile::tempdir().unwrap();
    let service = PushService::start(201);
    let server = configured(data.path(), &service, "\"127.0.0.0/8\"");
    let mut bob = server.connect();
    bob.send("CAP REQ :draft/webpush sasl\r\nNICK bob\r\nUSER b 0 * :b\r\nCAP END\r\n");
    bob.until("VAPID=");
    // The rest of its line begins with the key.
    let announced = bob.until("\n");
    let announced = announced.split_whitespace().next().unwrap();
    bob.send("WEBPUSH VAPIDPUBKEY\r\n");
    bob.until(&format!(" WEBPUSH VAPIDPUBKEY {announced}\r\n"));
    bob.send("REGISTER * * correct-horse\r\n");
    bob.until("REGISTER SUCCESS");
    bob.send("WEBPUSH REGISTER\r\n");
    bob.until("FAIL WEBPUSH INVALID_PARAMS REGISTER");
    bob.send("AWAY :out\r\n");
    bob.until(" 306 ");
    register(
        &mut bob,
        &format!("https://127.0.0.1:{}/device", service.port),
    );
    server.irc("ann").send("PRIVMSG bob :hello\r\n");
    let (head, _) = service.next();
    let authorization = head
        .lines()
        .find_map(|line| line.split_once(": vapid "))
        .unwrap()
        .1;
    let field = |name: &str| {
        let mut fields = authorization.split(", ");
        fields.find_map(|field| field.strip_prefix(name)).unwrap()
    };
    let (token, key) = (field("t="), field("k="));
    assert_eq!(key, announced);
    // A JSON Web Token, signed with the key that was announced (RFC 8292 §2).
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let key = BASE64.decode(key).unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
        .verify(signed.as_bytes(), &BASE64.decode(signature).unwrap())
        .unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let json = |part: &str| -> serde_json::Value {
        serde_json::from_slice(&BASE64.decode(part).unwrap()).unwrap()
    };
    assert_eq!(json(header)["alg"], "ES256");
    let claims = json(claims);
    let origin = format!("https://127.0.0.1:{}", service.port);
    assert_eq!(claims["aud"].as_str(), Some(&*origin));
    assert_eq!(claims["sub"], "mailto:me@school.org");
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let until = claims["exp"].as_u64().unwrap();
    assert!(now < until && until <= now + 24 * 3600, "{until}");
}

#[test]
fn endpoints_of_this_network_and_guests_are_refused() {
    let data = tempfile::tempdir().unwrap();
    let service = PushService::start(201);
    let server = configured(data.path(), &service, "");
    let mut bob = away_user(&server);
    let keys = Device::new().keys();
    for endpoint in [
        format!("https://127.0.0.1:{}/x", service.port),
        "https://localhost/x".into(),
        "https://[::ffff:127.0.0.1]/x".into(),
        "https://169.254.169.254/latest".into(),
        "https://10.0.0.1/x".into(),
        "https://[fd00::1]/x".into(),
        "http://push.org/x".into(),
        "file:///etc/passwd".into(),
    ] {
        bob.send(&format!("WEBPUSH REGISTER {endpoint} {keys}\r\n"));
        bob.until("FAIL WEBPUSH INVALID_PARAMS REGISTER");
    }
    bob.send("WEBPUSH REGISTER https://push.org/x p256dh=AAAA;auth=AAAA\r\n");
    bob.until("FAIL WEBPUSH INVALID_PARAMS");
    bob.send("WEBPUSH REGISTER https://push.org/x nonsense\r\n");
    bob.until("FAIL WEBPUSH INVALID_PARAMS");
    let mut guest = server.irc("guest");
    guest.send(&format!("WEBPUSH REGISTER https://push.org/x {keys}\r\n"));
    guest.until("FAIL WEBPUSH FORBIDDEN");
}

#[test]
fn a_device_that_is_gone_is_forgotten_and_others_outlast_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let gone = PushService::start(410);
    let server = configured(data.path(), &gone, "\"127.0.0.0/8\"");
    let mut bob = away_user(&server);
    let mut ann = server.irc("ann");
    let endpoint = format!("https://127.0.0.1:{}/gone", gone.port);
    bob.send(&format!(
        "WEBPUSH REGISTER {endpoint} {}\r\n",
        Device::new().keys()
    ));
    bob.until("WEBPUSH REGISTER");
    let count = || {
        let store = rusqlite::Connection::open(data.path().join("parlour.db")).unwrap();
        store
            .query_row("SELECT count(*) FROM push", [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    let until = |what: &str, wanted: i64| {
        support::eventually(what, || match count() {
            found if found == wanted => Ok(()),
            found => Err(found.to_string()),
        });
    };
    // The database is behind: without this, its end could not be told from its not being there yet.
    until("the subscription", 1);
    ann.send("PRIVMSG bob :one\r\n");
    gone.next();
    until("the end of the subscription", 0);
    bob.send(&format!(
        "WEBPUSH REGISTER {endpoint} {}\r\n",
        Device::new().keys()
    ));
    bob.until("WEBPUSH REGISTER");
    drop(server);
    let server = configured(data.path(), &gone, "\"127.0.0.0/8\"");
    assert_eq!(count(), 1, "the start has applied the journal");
    let mut bob = server.connect();
    bob.send("PASS bob:correct-horse\r\nNICK bob\r\nUSER b 0 * :b\r\nAWAY :out\r\n");
    bob.until(" 306 ");
    let mut ann = server.irc("ann");
    ann.send("PRIVMSG bob :two\r\n");
    assert!(gone.next().0.starts_with("POST /gone "));
}

#[test]
fn of_several_nodes_one_pushes() {
    let service = PushService::start(201);
    let mut cluster = Cluster::new();
    cluster.more = section(cluster.dir.path(), &service, "\"127.0.0.0/8\"");
    let (one, two) = (cluster.start("one"), cluster.start("two"));
    let mut bob = away_user(&two);
    let endpoint = format!("https://127.0.0.1:{}/device", service.port);
    let mut ann = one.irc("ann");
    for text in ["bob, once", "bob, twice", "bob, for the last time"] {
        // With keys of its own each time: a second copy of the one before could not be read.
        let device = register(&mut bob, &endpoint);
        ann.send(&format!("PRIVMSG #lobby :{text}\r\n"));
        assert!(device.open(&service.next().1).contains(text));
    }
}
