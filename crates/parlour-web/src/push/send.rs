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
    /// that names an address which `is_allowed` refuses.
    pub fn parse(text: &str, is_allowed: impl Fn(IpAddr) -> bool) -> Option<Endpoint> {
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
        if address.is_some_and(|address| !is_allowed(address)) {
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

/// Client of push services.
#[derive(Clone)]
pub struct PushClient {
    tls: TlsConnector,
    allowed: Arc<[IpNet]>,
}

impl PushClient {
    /// Creates a client that trusts these authorities, and calls these networks besides the public one.
    ///
    /// # Errors
    /// The library knows no version of TLS.
    pub fn new(roots: RootCertStore, allowed: Arc<[IpNet]>) -> Result<PushClient, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let tls = TlsConnector::from(Arc::new(config));
        Ok(PushClient { tls, allowed })
    }

    /// Delivers an encrypted message. `is_public` tells the addresses of the public network.
    pub async fn send(
        &self,
        to: &Endpoint,
        authorization: &str,
        body: Vec<u8>,
        is_public: fn(IpAddr) -> bool,
    ) -> Outcome {
        match timeout(
            DELIVERY_TIME,
            self.attempt(to, authorization, body, is_public),
        )
        .await
        {
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
        is_public: fn(IpAddr) -> bool,
    ) -> Result<Outcome, Box<dyn std::error::Error>> {
        let may_call = |address: IpAddr| {
            is_public(address)
                || self
                    .allowed
                    .iter()
                    .any(|net| net.contains(&address.to_canonical()))
        };
        // Resolved once: only addresses that were looked at are called, whatever the name says next.
        let found = lookup_host((to.host.as_str(), to.port)).await?;
        let found = found.filter(|address| may_call(address.ip()));
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
        let parse = |text: &str| Endpoint::parse(text, |address| !address.is_loopback());
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
}
