//! Cable between two processes that can be cut: what is sent meanwhile waits, as it does in a real network.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// Cable to an address.
pub struct Cable {
    /// Address of its near end.
    pub near: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    is_cut: Mutex<bool>,
    changed: Condvar,
}

impl State {
    /// Waits while the cable is cut.
    fn pass(&self) {
        let cut = self.is_cut.lock().unwrap();
        drop(self.changed.wait_while(cut, |is_cut| *is_cut).unwrap());
    }
}

impl Cable {
    /// Lays a cable to a port of this machine.
    pub fn to(port: u16) -> Cable {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = state.clone();
        // It ends with the test.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                shared.pass();
                if let Ok(far) = TcpStream::connect(("127.0.0.1", port)) {
                    join(&stream, &far, &shared);
                    join(&far, &stream, &shared);
                }
            }
        });
        Cable { near, state }
    }

    /// Cuts it, or mends it.
    pub fn cut(&self, is_cut: bool) {
        *self.state.is_cut.lock().unwrap() = is_cut;
        self.state.changed.notify_all();
    }
}

/// Passes on what comes from one end to the other.
fn join(from: &TcpStream, to: &TcpStream, state: &Arc<State>) {
    let (Ok(mut from), Ok(mut to)) = (from.try_clone(), to.try_clone()) else {
        return;
    };
    let state = state.clone();
    thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while let Ok(count) = from.read(&mut buffer) {
            state.pass();
            if count == 0 || to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
        let _ = from.shutdown(std::net::Shutdown::Both);
    });
}
