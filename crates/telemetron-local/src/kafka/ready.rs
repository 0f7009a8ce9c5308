//! Asking a broker whether it serves: a metadata request that names a live broker.
//!
//! An open port is not enough: a broker accepts connections before the controller lets it in, and
//! until then topics cannot be created.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Between two questions, while the broker starts.
const PAUSE: Duration = Duration::from_millis(50);

/// The longest one question may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A metadata request, version 1, for no topic: length, api key, version, correlation id, a null
/// client id, an empty array.
const REQUEST: [u8; 18] = [0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 7, 0xff, 0xff, 0, 0, 0, 0];

/// No answer to that request is longer.
const LONGEST_ANSWER: u32 = 64 * 1024;

/// Resolves when the broker on `port` serves.
pub(crate) async fn serving(port: u16) {
    loop {
        match tokio::time::timeout(PATIENCE, brokers(port)).await {
            Ok(Ok(brokers)) if brokers > 0 => return,
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// How many live brokers the one on `port` knows, itself included.
async fn brokers(port: u16) -> io::Result<u32> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_all(&REQUEST).await?;
    let length = stream.read_u32().await?;
    if length > LONGEST_ANSWER {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let _correlation_id = stream.read_u32().await?;
    stream.read_u32().await
}
