//! Routes: which part answers a request.

use hyper::body::Incoming;
use hyper::header::{
    ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderMap, HeaderValue, UPGRADE,
};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade;

use crate::connection::{Client, Connection, WebSocketBack};
use crate::forwarded::{self, Origin};
use crate::response::{Answer, not_allowed, text};
use crate::{Shared, Site, assets, handshake, hooks, operator, uploads};

/// Beginning of the addresses of uploaded files.
const FILES: &str = "/files/";
/// Beginning of the addresses of hooks; their token follows.
const HOOKS: &str = "/hooks/";

/// Answers a request. `kept_alive` is true if the connection has served others before.
pub(crate) async fn answer<C: Connection>(
    request: Request<Incoming>,
    client: &Client,
    shared: &Shared,
    kept_alive: bool,
) -> Answer {
    let peer = (client.address, client.is_secure);
    let origin = forwarded::origin(peer, &client.site.trusted, request.headers());
    let (parts, body) = request.into_parts();
    if handshake::is_wanted(&parts.headers) {
        let request = Request::from_parts(parts, body);
        return begin_websocket::<C>(request, client, origin, kept_alive);
    }
    if !client.has_pages {
        let mut answer = text(StatusCode::UPGRADE_REQUIRED, "");
        let headers = answer.headers_mut();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade, close"));
        return answer;
    }
    let path = parts.uri.path().to_owned();
    match path.as_str() {
        "/healthz" => reads(&parts, |_| operator::health()),
        "/readyz" => operator::readiness(&*client.backend).await,
        "/metrics" => operator::metrics(&parts, &client.site, origin, &*client.backend).await,
        "/events" => hooks::events(&parts, &*client.backend).await,
        path if path.starts_with(HOOKS) => {
            let token = &path[HOOKS.len()..];
            let by = (&shared.paces, &*client.site);
            hooks::post(&parts, body, token, &*client.backend, by).await
        }
        "/uploads" => {
            uploads::receive(&parts, body, &client.site, client.backend.files(), origin).await
        }
        path if path.starts_with(FILES) => {
            uploads::serve(&parts, &path[FILES.len()..], client.backend.files()).await
        }
        "/robots.txt" => reads(&parts, |_| {
            text(StatusCode::OK, "User-agent: *\nDisallow: /\n")
        }),
        "/site.json" => reads(&parts, |_| about(&client.site)),
        "/" => reads(&parts, |parts| front(parts, &client.site)),
        path if client.site.has_page => reads(&parts, |parts| {
            assets::find(path, &parts.headers).unwrap_or_else(nothing)
        }),
        _ => nothing(),
    }
}

/// Answers a request that only reads.
fn reads(parts: &Parts, answer: impl FnOnce(&Parts) -> Answer) -> Answer {
    match parts.method {
        Method::GET | Method::HEAD => answer(parts),
        _ => not_allowed("GET, HEAD"),
    }
}

/// Returns the page for browsers, and the ways in for others.
fn front(parts: &Parts, site: &Site) -> Answer {
    let page = match site.has_page && wants_page(&parts.headers) {
        true => assets::find("/", &parts.headers),
        false => None,
    };
    let host = handshake::host(parts);
    match page {
        Some(page) if site.is_own_host(host) => page,
        Some(_) => text(
            StatusCode::MISDIRECTED_REQUEST,
            format!(
                "This server does not know itself by the name that you opened it with, so that no other \
                 page can use it through your browser.\n\n\
                 If you run it, set server.name or add the address to websocket.origins in its configuration.\n\
                 Otherwise open it by its IP address, or by the name {}.\n",
                site.server_name
            ),
        ),
        None => text(StatusCode::OK, ways_in(site)),
    }
}

/// Returns what the page shows before somebody has joined.
fn about(site: &Site) -> Answer {
    let about = serde_json::json!({
        "network": site.network,
        "description": site.description,
        "lobby": site.lobby,
        "registration": site.registration,
    });
    let mut answer = text(StatusCode::OK, about.to_string());
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}

/// Returns whether the client is a browser that asks for a page.
fn wants_page(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter();
    let mut values = values.filter_map(|value| value.to_str().ok());
    values.any(|list| list.contains("text/html"))
}

/// Builds the response to an address that is not there.
fn nothing() -> Answer {
    text(StatusCode::NOT_FOUND, "There is nothing at this address.\n")
}

/// Answers a WebSocket handshake, and gives the connection back once the answer is written.
fn begin_websocket<C: Connection>(
    request: Request<Incoming>,
    client: &Client,
    origin: Origin,
    kept_alive: bool,
) -> Answer {
    let (parts, body) = request.into_parts();
    let (response, protocol) = match handshake::accept(&parts, &client.site) {
        Ok(accepted) => accepted,
        Err((status, words)) => {
            let mut refused = text(status, words);
            let close = HeaderValue::from_static("close");
            refused.headers_mut().insert(CONNECTION, close);
            return refused;
        }
    };
    let on_upgrade = hyper::upgrade::on(Request::from_parts(parts, body));
    tokio::task::spawn_local(async move {
        let upgraded = match on_upgrade.await {
            Ok(upgraded) => upgraded,
            // The client has gone meanwhile.
            Err(error) => return tracing::debug!("no WebSocket came of a request: {error}"),
        };
        if let Ok(parts) = upgrade::downcast::<TokioIo<C>>(upgraded) {
            let forwarded = origin.is_forwarded;
            let web = WebSocketBack {
                protocol,
                rest: parts.read_buf.to_vec(),
                address: origin.address.filter(|_| forwarded),
                is_secure: forwarded && origin.is_secure,
            };
            parts.io.into_inner().hand_back(web, kept_alive);
        }
    });
    response.map(|()| http_body_util::BodyExt::boxed_unsync(http_body_util::Empty::new()))
}

/// Returns the ways in as text, for those who come without a browser.
fn ways_in(site: &Site) -> String {
    let page = match site.has_page {
        true => "    a browser                this address\n",
        false => "",
    };
    format!(
        "{network}: {description}\n\n\
         The ways in, with HOST for this machine's name:\n\n\
         {page}\
         \x20   parlour join HOST        the terminal client\n\
         \x20   nc HOST 25000            netcat: pick a nickname and talk\n\
         \x20   any IRC client           HOST, port 25000, with or without TLS, channel {lobby}\n",
        network = site.network,
        description = site.description,
        lobby = site.lobby,
    )
}
