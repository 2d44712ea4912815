//! Delivery to push services over HTTPS: only to public addresses, never redirected, within limits.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Time for one delivery.
const DELIVERY_TIME: Duration = Duration::from_secs(15);
/// Time for one address to answer.
const CONNECT_TIME: Duration = Duration::from_secs(4);
/// Addresses of one push service that are tried.
const ADDRESSES: usize = 4;
/// Seconds for which a push service keeps a message for a device that is off: a week.
const TTL: &str = "604800";
/// Bytes of an endpoint.
const ENDPOINT_MAX: usize = 400;

/// Address of a push service for one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    host: String,
    port: u16,
    authority: String,
    path: String,
}

impl Endpoint {
    /// Parses an endpoint: an address of HTTPS without a user. `None` for anything else, and for one
    /// that names an address which may not be called.
    pub fn parse(text: &str, reachable: &Reachable) -> Option<Endpoint> {
        if text.len() > ENDPOINT_MAX {
            return None;
        }
        let uri: Uri = text.parse().ok()?;
        let authority = uri.authority()?;
        if uri.scheme_str() != Some("https") || authority.as_str().contains('@') {
            return None;
        }
        let shown = authority.host().to_ascii_lowercase();
        let host = shown
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let is_local = host == "localhost" || host.ends_with(".localhost");
        let address = match is_local {
            true => Some(IpAddr::from([127, 0, 0, 1])),
            false => host.parse().ok(),
        };
        if address.is_some_and(|address| !reachable.has(address)) {
            return None;
        }
        let port = uri.port_u16().unwrap_or(443);
        let authority = match port {
            443 => shown,
            port => format!("{shown}:{port}"),
        };
        let path = uri.path_and_query()?.as_str().to_owned();
        Some(Endpoint {
            host,
            port,
            authority,
            path,
        })
    }

    /// Returns the origin that the server's authorization is for.
    pub fn origin(&self) -> String {
        format!("https://{}", self.authority)
    }
}

/// Outcome of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The push service has taken it.
    Delivered,
    /// The push service does not know the device any more.
    Gone,
    /// It may work later.
    Later(String),
    /// The push service refuses it: the status.
    Refused(u16),
}

/// Addresses that may be called: those of the public network, and of networks that are allowed.
#[derive(Clone, Debug)]
pub struct Reachable {
    is_public: fn(IpAddr) -> bool,
    allowed: Arc<[IpNet]>,
}

impl Reachable {
    /// Creates the set.
    pub fn new(is_public: fn(IpAddr) -> bool, allowed: Arc<[IpNet]>) -> Reachable {
        Reachable { is_public, allowed }
    }

    /// Returns whether an address may be called.
    pub fn has(&self, address: IpAddr) -> bool {
        let canonical = address.to_canonical();
        (self.is_public)(address) || self.allowed.iter().any(|net| net.contains(&canonical))
    }
}

/// Client of push services.
#[derive(Clone)]
pub struct PushClient {
    tls: TlsConnector,
    reachable: Reachable,
}

impl PushClient {
    /// Creates a client that trusts these authorities, and calls these addresses.
    ///
    /// # Errors
    /// The library knows no version of TLS.
    pub fn new(roots: RootCertStore, reachable: Reachable) -> Result<PushClient, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let tls = TlsConnector::from(Arc::new(config));
        Ok(PushClient { tls, reachable })
    }

    /// Delivers an encrypted message.
    pub async fn send(&self, to: &Endpoint, authorization: &str, body: Vec<u8>) -> Outcome {
        match timeout(DELIVERY_TIME, self.attempt(to, authorization, body)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => Outcome::Later(error.to_string()),
            Err(_) => Outcome::Later("the push service did not answer".into()),
        }
    }

    async fn attempt(
        &self,
        to: &Endpoint,
        authorization: &str,
        body: Vec<u8>,
    ) -> Result<Outcome, Box<dyn std::error::Error>> {
        // Resolved once: only addresses that were looked at are called, whatever the name says next.
        let found = lookup_host((to.host.as_str(), to.port)).await?;
        let found = found.filter(|address| self.reachable.has(address.ip()));
        let found: Vec<SocketAddr> = found.take(ADDRESSES).collect();
        let mut stream = None;
        for address in found {
            if let Ok(Ok(open)) = timeout(CONNECT_TIME, TcpStream::connect(address)).await {
                stream = Some(open);
                break;
            }
        }
        let stream = stream.ok_or("no public address of the push service answers")?;
        let name = ServerName::try_from(to.host.clone())?;
        let stream = self.tls.connect(name, stream).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let driver = tokio::task::spawn_local(async move {
            // Its failure is that of the request.
            let _ = connection.await;
        });
        let request = Request::post(&*to.path)
            .header(HOST, &*to.authority)
            .header(USER_AGENT, "parlour")
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(CONTENT_ENCODING, "aes128gcm")
            .header(AUTHORIZATION, authorization)
            .header("ttl", TTL)
            .header("urgency", "high")
            .body(Full::new(Bytes::from(body)))?;
        let status = sender.send_request(request).await?.status().as_u16();
        driver.abort();
        Ok(match status {
            200..=299 => Outcome::Delivered,
            404 | 410 => Outcome::Gone,
            408 | 429 | 500..=599 => Outcome::Later(format!("the push service answers {status}")),
            other => Outcome::Refused(other),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_no_address_of_this_network() {
        let reachable = Reachable::new(|address| !address.is_loopback(), Arc::new([]));
        let parse = |text: &str| Endpoint::parse(text, &reachable);
        assert_eq!(
            parse("https://push.org/a?b").unwrap().origin(),
            "https://push.org"
        );
        assert_eq!(
            parse("https://push.org:8443/a").unwrap().origin(),
            "https://push.org:8443"
        );
        for bad in [
            "http://push.org/a",
            "https://user@push.org/a",
            "https://127.0.0.1/a",
            "https://[::1]/a",
            "https://localhost/a",
            "ftp://push.org",
            "push.org",
            "",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
        assert!(parse(&format!("https://push.org/{}", "x".repeat(500))).is_none());
    }

    #[test]
    fn a_name_that_leads_to_this_network_is_not_called() {
        let listener = std::net::TcpListener::bind("localhost:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        // As a name that nobody would suspect: it is looked at once more when it is resolved.
        let endpoint = Endpoint {
            host: "localhost".into(),
            port: listener.local_addr().unwrap().port(),
            authority: "push.org".into(),
            path: "/".into(),
        };
        let reachable = Reachable::new(|address| !address.is_loopback(), Arc::new([]));
        let client = PushClient::new(RootCertStore::empty(), reachable).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let outcome = runtime.block_on(client.send(&endpoint, "", Vec::new()));
        assert!(matches!(outcome, Outcome::Later(_)), "{outcome:?}");
        assert!(listener.accept().is_err());
    }
}
