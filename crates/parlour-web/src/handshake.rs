//! WebSocket handshake (RFC 6455 §4.2), with the subprotocols of IRC (IRCv3 WebSocket).

use hyper::header::{HeaderMap, HeaderValue, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use tungstenite::handshake::server::create_response;

use crate::Site;

/// Subprotocol with text messages.
const TEXT: &str = "text.ircv3.net";
/// Subprotocol with binary messages.
pub const BINARY: &str = "binary.ircv3.net";

/// Response to a handshake that is accepted, and the subprotocol.
pub(super) type Accepted = (Response<()>, Option<&'static str>);

/// Returns whether the request is for a WebSocket.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let values = headers.get_all(UPGRADE).iter();
    let mut protocols = values.filter_map(|value| value.to_str().ok());
    protocols.any(|list| {
        list.split(',')
            .any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
    })
}

/// Judges a handshake. The first known subprotocol of the client's list is accepted.
///
/// # Errors
/// The status and a sentence: the page is a foreign one, or the handshake is none.
pub(super) fn accept(request: &Parts, site: &Site) -> Result<Accepted, (StatusCode, &'static str)> {
    if !is_own_page(request, site) {
        return Err((
            StatusCode::FORBIDDEN,
            "A page from elsewhere may not connect here; the server's websocket.origins names those that may.\n",
        ));
    }
    let bare = Request::from_parts(request.clone(), ());
    let mut response = create_response(&bare).map_err(|_| {
        (
            StatusCode::BAD_REQUEST,
            "This is no handshake of a WebSocket (RFC 6455).\n",
        )
    })?;
    let offered = request.headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    let offered = offered.filter_map(|value| value.to_str().ok());
    let protocol = offered.flat_map(|list| list.split(',')).find_map(|name| {
        [TEXT, BINARY]
            .into_iter()
            .find(|known| *known == name.trim())
    });
    if let Some(name) = protocol {
        let name = HeaderValue::from_static(name);
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, name);
    }
    Ok((response, protocol))
}

/// Returns whether the request is not of a foreign web page. A client that sends no Origin is no
/// browser. An unreadable Origin, or several, cannot be trusted.
pub(crate) fn is_own_page(request: &Parts, site: &Site) -> bool {
    match only(&request.headers, "origin") {
        Some(None) => true,
        Some(Some(origin)) => site.allows_origin(origin, host(request)),
        None => false,
    }
}

/// Returns the host that the request names, with its port: `Host`, or the authority of HTTP/2.
pub(crate) fn host(request: &Parts) -> &str {
    let authority = request.uri.authority().map(|authority| authority.as_str());
    authority.unwrap_or_else(|| only(&request.headers, "host").flatten().unwrap_or_default())
}

/// Returns the only value of a header: `None` inside if there is none, outside if it is unreadable
/// or there are several.
pub(crate) fn only<'r>(headers: &'r HeaderMap, name: &str) -> Option<Option<&'r str>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().map(HeaderValue::to_str);
    match (first, values.next()) {
        (None, _) => Some(None),
        (Some(Ok(value)), None) => Some(Some(value)),
        _ => None,
    }
}
