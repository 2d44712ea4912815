//! Route to the server: direct, or through a SOCKS5 proxy (RFC 1928, RFC 1929).

use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};
use tokio::net::TcpStream;
use tokio_socks::tcp::Socks5Stream;

use crate::Address;

/// SOCKS5 proxy, which also resolves the server's name.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    host: String,
    port: u16,
    user: Option<(String, String)>,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "socks5://{}:{}", self.host, self.port)
    }
}

impl FromStr for Proxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Proxy, String> {
        let wrong = || format!("{text:?} is no proxy; one is like socks5://localhost:9050");
        let rest = text.strip_prefix("socks5://").ok_or_else(wrong)?;
        let rest = rest.trim_end_matches('/');
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(user.split_once(':').ok_or_else(wrong)?), place),
            None => (None, rest),
        };
        let place: Address = place.parse().map_err(|_| wrong())?;
        // `Address` fills in parlour's default port, which is not one for SOCKS: require a port.
        if !rest.ends_with(&format!(":{}", place.port)) {
            return Err(wrong());
        }
        Ok(Proxy {
            host: place.host,
            port: place.port,
            user: user.map(|(name, password)| (name.to_owned(), password.to_owned())),
        })
    }
}

impl<'de> Deserialize<'de> for Proxy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Proxy, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Connects to a server, through the proxy if there is one.
///
/// # Errors
/// Says what did not answer, as a sentence.
pub(crate) async fn connect(address: &Address, proxy: Option<&Proxy>) -> Result<TcpStream, String> {
    // The proxy gets the name, not an address: nothing is resolved locally.
    let to = (address.host.as_str(), address.port);
    let Some(proxy) = proxy else {
        return TcpStream::connect(to)
            .await
            .map_err(|error| format!("{address} cannot be reached: {error}"));
    };
    let by = (proxy.host.as_str(), proxy.port);
    let stream = match &proxy.user {
        Some((name, password)) => Socks5Stream::connect_with_password(by, to, name, password).await,
        None => Socks5Stream::connect(by, to).await,
    };
    stream
        .map(Socks5Stream::into_inner)
        .map_err(|error| format!("{address} cannot be reached by the proxy {proxy:?}: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_proxy_is_told_the_name_and_carries_the_rest() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("socks5://me:pw@{}", listener.local_addr().unwrap());
        // The proxy's part (RFC 1928 §3 to §6, RFC 1929).
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut take = |count: usize, answer: &[u8]| {
                let mut bytes = vec![0; count];
                stream.read_exact(&mut bytes).unwrap();
                stream.write_all(answer).unwrap();
                bytes
            };
            let head = take(2, &[]);
            take(head[1].into(), &[5, 2]);
            let login = take(1 + 1 + 2 + 1 + 2, &[1, 0]);
            assert_eq!(login, [1, 2, b'm', b'e', 2, b'p', b'w']);
            let request = take(4 + 1 + 9 + 2, &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
            stream.write_all(b"hello").unwrap();
            request
        });
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        let hello = runtime.block_on(async {
            let (address, proxy) = ("chat.test:6697".parse().unwrap(), proxy.parse().unwrap());
            let mut stream = connect(&address, Some(&proxy)).await.unwrap();
            let mut hello = [0; 5];
            tokio::io::AsyncReadExt::read_exact(&mut stream, &mut hello)
                .await
                .unwrap();
            hello
        });
        assert_eq!(&hello, b"hello");
        // CONNECT to a domain name, which the proxy looks up.
        let request = server.join().unwrap();
        assert_eq!(request[..5], [5, 1, 0, 3, 9]);
        assert_eq!(&request[5..14], b"chat.test");
        assert_eq!(u16::from_be_bytes([request[14], request[15]]), 6697);
    }

    #[test]
    fn proxies_in_every_spelling() {
        for (text, shown, user) in [
            ("socks5://localhost:9050", "socks5://localhost:9050", None),
            ("socks5://[::1]:1080/", "socks5://::1:1080", None),
            ("socks5://me:p@ss@h:1", "socks5://h:1", Some(("me", "p@ss"))),
        ] {
            let proxy: Proxy = text.parse().unwrap();
            assert_eq!(format!("{proxy:?}"), shown);
            let user = user.map(|(name, password)| (name.to_owned(), password.to_owned()));
            assert_eq!(proxy.user, user);
        }
        for bad in [
            "localhost:9050",
            "http://h:1",
            "socks5://h",
            "socks5://me@h:1",
            "socks5://",
        ] {
            assert!(bad.parse::<Proxy>().is_err(), "{bad}");
        }
    }
}
