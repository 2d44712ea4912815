//! Service of one connection: HTTP/1.1 or HTTP/2, with limits on what one client may ask.

use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::time::Instant;

use crate::connection::{Client, Connection};
use crate::{Shared, headers, routes};

/// Time for a client to send the head of a request, and to begin the next one.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Bytes of a request's head.
const HEAD_MAX: usize = 16 * 1024;
/// Requests of one HTTP/2 connection that are answered at the same time.
const STREAMS: u32 = 64;
/// Streams that a client may reset before they are answered, beyond which the connection ends
/// (CVE-2023-44487, "rapid reset").
const RESETS: usize = 32;
/// Bytes of a stream of HTTP/2 that wait to be sent.
const SEND_MAX: usize = 64 * 1024;
/// Time between two pings of an HTTP/2 connection that says nothing.
const PING_AFTER: Duration = Duration::from_secs(60);
/// Requests on one connection that are answered at once; each further one waits for [`PACE`], so that
/// one client does not occupy the thread of the service.
const BURST: u32 = 100;
/// Time between two requests of one connection beyond [`BURST`].
const PACE: Duration = Duration::from_millis(20);

/// Executor of the tasks of HTTP/2, on the thread of the service.
#[derive(Clone, Copy, Debug)]
struct LocalTasks;

impl<F: Future<Output = ()> + 'static> Executor<F> for LocalTasks {
    fn execute(&self, task: F) {
        tokio::task::spawn_local(task);
    }
}

/// Serves one connection until it ends or becomes a WebSocket. Runs within a `LocalSet`.
pub async fn serve<C: Connection>(connection: C, client: Client, shared: Rc<Shared>) {
    let client = Rc::new(client);
    let requests = Rc::new(Cell::new(0_u32));
    // Streams of one connection wait one after the other.
    let next = Rc::new(Cell::new(Instant::now()));
    let answer = |request: Request<Incoming>| {
        requests.set(requests.get().saturating_add(1));
        let (client, number) = (client.clone(), requests.get());
        let (shared, next) = (shared.clone(), next.clone());
        async move {
            if number > BURST {
                let turn = next.get().max(Instant::now()) + PACE;
                next.set(turn);
                // Waiting is the limit itself: the client is slowed down, and nobody else.
                tokio::time::sleep_until(turn).await;
            }
            let mut answer = routes::answer::<C>(request, &client, &shared, number > 1).await;
            headers::for_all(answer.headers_mut());
            Ok::<_, Infallible>(answer)
        }
    };
    let mut server = auto::Builder::new(LocalTasks);
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_MAX)
        // A client that pipes its request into netcat ends its side before the answer.
        .half_close(true);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_send_buf_size(SEND_MAX)
        .max_header_list_size(HEAD_MAX as u32)
        .max_pending_accept_reset_streams(RESETS)
        .keep_alive_interval(PING_AFTER)
        .keep_alive_timeout(HEAD_TIME);
    let io = TokioIo::new(connection);
    let served = server.serve_connection_with_upgrades(io, service_fn(answer));
    // The library has no limit for a preface of HTTP/2 that never ends.
    let has_asked = requests.clone();
    let unasked = async move {
        tokio::time::sleep(HEAD_TIME).await;
        if has_asked.get() > 0 {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        outcome = served => if let Err(error) = outcome {
            tracing::debug!("an HTTP connection has failed: {error}");
        },
        () = unasked => tracing::debug!("an HTTP connection asked for nothing"),
    }
}
