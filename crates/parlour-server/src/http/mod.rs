//! HTTP service: answers requests on bridged connections, with keep-alive, over TLS or not. A
//! WebSocket goes back to the shard of its connection after the handshake.

mod handshake;

use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue, UPGRADE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};

use crate::bridge::{ClientInfo, FarEnd, HandedBack};
pub(crate) use handshake::BINARY;

/// Time for a client to send the head of a request, and to begin the next one.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Bytes of a request's head.
const HEAD_MAX: usize = 16 * 1024;
/// Requests on one connection that are answered at once; each further one waits for [`PACE`], so that
/// one client does not occupy the thread of the service.
const BURST: u32 = 100;
/// Time between two requests of one connection beyond [`BURST`].
const PACE: Duration = Duration::from_millis(20);

/// Response of this service.
type Answer = Response<Full<Bytes>>;

/// Serves one connection until it ends or becomes a WebSocket.
pub(crate) async fn serve(far: FarEnd, client: ClientInfo) {
    let client = Rc::new(client);
    let requests = Cell::new(0);
    let answer = |request: Request<Incoming>| {
        requests.set(requests.get() + 1);
        let (client, number) = (client.clone(), requests.get());
        async move {
            if number > BURST {
                tokio::time::sleep(PACE).await;
            }
            Ok::<_, Infallible>(respond(request, &client, number > 1))
        }
    };
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_MAX)
        // A client that pipes its request into netcat ends its side before the answer.
        .half_close(true);
    let connection = server.serve_connection(TokioIo::new(far), service_fn(answer));
    if let Err(error) = connection.with_upgrades().await {
        tracing::debug!("an HTTP connection has failed: {error}");
    }
}

/// Answers a request. `kept_alive` is true if the connection has served others before.
fn respond(request: Request<Incoming>, client: &ClientInfo, kept_alive: bool) -> Answer {
    if handshake::is_wanted(request.headers()) {
        return begin_websocket(request, client, kept_alive);
    }
    let doors = client.doors;
    if !doors.irc && !doors.plain {
        let mut answer = text(StatusCode::UPGRADE_REQUIRED, "");
        let headers = answer.headers_mut();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade, close"));
        return answer;
    }
    match *request.method() {
        Method::GET | Method::HEAD => text(StatusCode::OK, &ways_in(client)),
        _ => {
            let words = "There is nothing to send here: GET shows the ways in.\n";
            let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, words);
            let allowed = HeaderValue::from_static("GET, HEAD");
            answer.headers_mut().insert(ALLOW, allowed);
            answer
        }
    }
}

/// Answers a WebSocket handshake, and gives the connection back once the answer is written.
fn begin_websocket(request: Request<Incoming>, client: &ClientInfo, kept_alive: bool) -> Answer {
    let (parts, body) = request.into_parts();
    let (response, protocol) = match handshake::accept(&parts, &client.network) {
        Ok(accepted) => accepted,
        Err((status, words)) => {
            let mut refused = text(status, words);
            let close = HeaderValue::from_static("close");
            refused.headers_mut().insert(CONNECTION, close);
            return refused;
        }
    };
    let upgrade = hyper::upgrade::on(Request::from_parts(parts, body));
    tokio::task::spawn_local(async move {
        let upgraded = match upgrade.await {
            Ok(upgraded) => upgraded,
            // The client has gone meanwhile.
            Err(error) => return tracing::debug!("no WebSocket came of a request: {error}"),
        };
        if let Ok(parts) = upgraded.downcast::<TokioIo<FarEnd>>() {
            let rest = parts.read_buf.to_vec();
            let web = HandedBack { protocol, rest };
            parts.io.into_inner().hand_back(web, kept_alive);
        }
    });
    response.map(|()| Full::default())
}

/// Builds a response of plain text.
fn text(status: StatusCode, text: &str) -> Answer {
    const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
    const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
    let mut answer = Response::new(Full::new(Bytes::from(text.to_owned())));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, PLAIN);
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    answer
}

/// Returns the page of the ways in.
fn ways_in(client: &ClientInfo) -> String {
    let settings = &client.settings;
    format!(
        "{network}: {description}\n\n\
         This port speaks chat, not web pages yet. The ways in, with HOST for this machine's name:\n\n\
         \x20   parlour join HOST        the terminal client\n\
         \x20   nc HOST 25000            netcat: pick a nickname and talk\n\
         \x20   any IRC client           HOST, port 25000, with or without TLS, channel {lobby}\n",
        network = settings.network,
        description = settings.description,
        lobby = settings.chat.lobby,
    )
}
