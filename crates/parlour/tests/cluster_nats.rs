//! Settings of the NATS servers of a cluster: those that it takes, and those that it refuses with a sentence.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use support::cluster::Cluster;

fn over(nats: &str) -> Cluster {
    Cluster::over(nats, tempfile::tempdir().unwrap())
}

#[test]
fn messages_that_are_too_small_are_refused() {
    let cluster = over("max_payload: 65536");
    let why = cluster.refused("one");
    assert!(why.contains("max_payload"), "{why}");
}

/// Accounts of a NATS server whose application may ask for the settings of JetStream.
const MAY_ASK: &str = "system_account: SYS
accounts: {
  SYS: {
    users: [{ user: admin, password: secret }]
    exports: [{ service: \"$SYS.REQ.SERVER.PING.JSZ\", response_type: stream }]
  }
  CHAT: {
    jetstream: enabled
    users: [{ user: chat, password: \"se@ret\" }]
    imports: [{ service: { account: SYS, subject: \"$SYS.REQ.SERVER.PING.JSZ\" } }]
  }
}";

#[test]
fn servers_that_tell_that_they_sync_later_are_refused() {
    let may_ask = |sync: &str| {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("nats");
        let mut cluster = Cluster::over(
            &format!("{MAY_ASK}\njetstream: {{ store_dir: {store:?} {sync} }}"),
            dir,
        );
        cluster.url = format!("nats://chat:se%40ret@127.0.0.1:{}", cluster.nats.port);
        cluster
    };
    let why = may_ask("").refused("one");
    assert!(why.contains("sync_interval: always"), "{why}");
    let cluster = may_ask(", sync_interval: always");
    let node = cluster.start("one");
    node.irc("ann");
    let (code, log) = node.stop();
    assert_eq!(code, Some(0));
    // And none that would say that nobody tells.
    assert!(!log.contains("sync_interval"), "{log}");
}

#[test]
fn a_stream_that_would_lose_messages_is_refused() {
    for (setting, said) in [
        ("\"storage\":\"memory\"", "in memory"),
        ("\"max_msgs\":1000", "a limit"),
        ("\"max_msgs_per_subject\":1000", "a limit"),
        ("\"max_msg_size\":100000", "a limit"),
        ("\"max_age\":1000000000", "a limit"),
        ("\"retention\":\"workqueue\"", "retention"),
        ("\"no_ack\":true", "acknowledgements"),
    ] {
        let cluster = Cluster::new();
        let config = format!(
            "{{\"name\":\"PARLOUR_test\",\"subjects\":[\"parlour.test.journal\"],{setting}}}"
        );
        let made = cluster
            .nats
            .ask("$JS.API.STREAM.CREATE.PARLOUR_test", &config);
        assert!(!made.contains("error"), "{made}");
        let why = cluster.refused("one");
        assert!(why.contains(said), "{setting}: {why}");
    }
}

#[test]
fn a_node_shows_its_certificate_and_checks_that_of_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    std::fs::write(file("authority.pem"), authority.pem()).unwrap();
    for name in ["server", "node"] {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        std::fs::write(file(&format!("{name}.pem")), certificate.pem()).unwrap();
        std::fs::write(file(&format!("{name}.key")), key.serialize_pem()).unwrap();
    }
    let (own, key, trusted) = (
        file("server.pem"),
        file("server.key"),
        file("authority.pem"),
    );
    let tls = format!(
        "tls: {{ cert_file: {own:?}, key_file: {key:?}, ca_file: {trusted:?}, verify: true }}"
    );
    let (own, key) = (file("node.pem"), file("node.key"));
    let mut cluster = Cluster::over(&tls, dir);
    cluster.url = format!("tls://localhost:{}", cluster.nats.port);
    // Without a certificate of its own it is refused, and it refuses a server that it has no reason to trust.
    cluster.more = format!("authority = {trusted:?}");
    cluster.refused("one");
    cluster.more = format!("certificate = {own:?}\nkey = {key:?}");
    cluster.refused("one");
    cluster.more = format!("authority = {trusted:?}\ncertificate = {own:?}\nkey = {key:?}");
    cluster.start("one").irc("ann");
}
