//! Asking a server whether it takes queries: a start-up packet that is answered with "ready".

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use super::NAME;

/// Between two questions, while the server starts.
const PAUSE: Duration = Duration::from_millis(20);

/// The longest one question may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Version 3.0 of the protocol.
const PROTOCOL: u32 = 3 << 16;

/// No message of a greeting is longer.
const LONGEST_MESSAGE: u32 = 64 * 1024;

/// Resolves when the server on `socket` takes queries.
pub(crate) async fn serving(socket: &Path) {
    while !matches!(
        tokio::time::timeout(PATIENCE, greets(socket)).await,
        Ok(Ok(true))
    ) {
        tokio::time::sleep(PAUSE).await;
    }
}

/// Logs in to the database and leaves again.
async fn greets(socket: &Path) -> io::Result<bool> {
    let mut stream = UnixStream::connect(socket).await?;
    stream.write_all(&startup_packet()).await?;
    loop {
        match next_message(&mut stream).await? {
            b'Z' => break,
            b'E' => return Ok(false),
            _ => {}
        }
    }
    stream.write_all(b"X\0\0\0\x04").await?;
    Ok(true)
}

fn startup_packet() -> Vec<u8> {
    let parameters = format!("user\0{NAME}\0database\0{NAME}\0\0");
    let length = u32::try_from(8 + parameters.len()).unwrap_or(u32::MAX);
    let mut packet = length.to_be_bytes().to_vec();
    packet.extend(PROTOCOL.to_be_bytes());
    packet.extend(parameters.as_bytes());
    packet
}

/// Reads one message and gives its type.
async fn next_message(stream: &mut UnixStream) -> io::Result<u8> {
    let kind = stream.read_u8().await?;
    let length = stream.read_u32().await?;
    if !(4..=LONGEST_MESSAGE).contains(&length) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length as usize - 4];
    stream.read_exact(&mut body).await?;
    Ok(kind)
}
