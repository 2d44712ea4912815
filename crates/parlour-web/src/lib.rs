//! HTTP service of the server: the web page, WebSocket handshakes and the rest that speaks HTTP, on
//! connections that a shard bridges to it, over TLS or not, HTTP/1.1 or HTTP/2.

mod assets;
mod backend;
mod body;
mod connection;
mod forwarded;
mod handshake;
mod headers;
mod hooks;
mod operator;
mod origin;
pub mod percent;
pub mod picture;
pub mod push;
mod response;
mod routes;
mod service;
mod shared;
mod site;
mod uploads;

pub use backend::{Answered, Backend, Feed, FeedItem, Follow, HookRefusal};
pub use connection::{Client, Connection, WebSocketBack};
pub use handshake::BINARY;
pub use hooks::HookPace;
pub use service::serve;
pub use shared::Shared;
pub use site::Site;
pub use uploads::{Arrived, Begun, Credentials, Files, Served, UploadRefusal, Uploader};
