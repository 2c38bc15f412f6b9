//! An upstream that does what a test says, when it says so.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::support::DEADLINE;

/// An upstream that the test plays.
pub(crate) struct Upstream(TcpListener);

impl Upstream {
    pub(crate) async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    /// The next request.
    pub(crate) async fn accept(&self) -> Exchange {
        let (socket, _) = timeout(DEADLINE, self.0.accept()).await.unwrap().unwrap();
        let socket = socket.into_std().unwrap();
        socket.set_nonblocking(false).unwrap();
        socket.set_nodelay(true).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut reader = BufReader::new(socket);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "a whole head");
        }
        head.make_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        Exchange { head, body: serde_json::from_slice(&body).unwrap(), socket: reader.into_inner() }
    }
}

/// A request to the upstream, and the way to answer it; dropped, the answer is complete.
pub(crate) struct Exchange {
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: Value,
    socket: TcpStream,
}

impl Exchange {
    pub(crate) fn begin(&mut self, content_type: &str) {
        self.write(format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\nconnection: close\r\n\r\n"));
    }

    pub(crate) fn write(&mut self, text: impl AsRef<[u8]>) {
        self.socket.write_all(text.as_ref()).unwrap();
    }
}
