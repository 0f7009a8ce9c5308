//! A server that knows one answer: what the same bytes take with nobody at work behind them.

use std::sync::Arc;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// It serves until dropped.
pub(super) struct Still {
    pub(super) url: String,
    pub(super) bytes: usize,
    _serving: JoinSet<()>,
}

impl Still {
    /// Serves a body to whoever asks.
    pub(super) async fn serve(body: Bytes) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let bytes = body.len();
        let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {bytes}\r\n\r\n").into_bytes();
        answer.extend_from_slice(&body);
        let mut serving = JoinSet::new();
        serving.spawn(accept(listener, Arc::from(answer)));
        Ok(Self {
            url,
            bytes,
            _serving: serving,
        })
    }
}

async fn accept(listener: TcpListener, answer: Arc<[u8]>) {
    let mut clients = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let answer = Arc::clone(&answer);
        clients.spawn(async move {
            // A client that leaves ends it; there is nobody to tell.
            let _left = serve(client, answer).await;
        });
    }
}

/// Answers each request; a client of this benchmark sends the next one when it has its answer.
async fn serve(mut client: TcpStream, answer: Arc<[u8]>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut head = Vec::new();
    let mut part = [0; 1024];
    loop {
        let read = client.read(&mut part).await?;
        if read == 0 {
            return Ok(());
        }
        head.extend_from_slice(&part[..read]);
        if head.ends_with(b"\r\n\r\n") {
            client.write_all(&answer).await?;
            head.clear();
        }
    }
}
