//! Serves one port: HTTP/1 and HTTP/2, upgrades included, until it is told to stop.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use prometheus_client::metrics::gauge::Gauge;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;
use tower::{ServiceExt as _, service_fn};
use tower_http::timeout::RequestBodyTimeoutLayer;

use super::body::Held;
use super::crowd::{Crowd, Entered, Expiry, Guest};
use super::meters::Meters;
use super::{DoorArgs, DoorMeters, Hosts, Origins, files, guarded};

/// Longest pause within a body that is being sent to us.
const BODY_PAUSE: Duration = Duration::from_secs(30);

/// Longest a peer may leave what we sent unacknowledged, or its window shut.
const UNACKNOWLEDGED_MS: u32 = 60_000;

/// How often a connection of HTTP/2 on which nothing happens is tried, and how long it may take.
const PING: Duration = Duration::from_secs(30);

/// Most requests at a time on one connection of HTTP/2.
const STREAMS: u32 = 128;

/// Most bytes that are buffered of a head and of what follows it, on one connection of HTTP/1.
const BUFFER: usize = 64 * 1024;

/// How long is waited when the system has no descriptor for a connection.
const NO_DESCRIPTOR: Duration = Duration::from_millis(50);

/// A port, and who may come in there.
#[derive(Debug)]
pub struct Door {
    name: &'static str,
    listener: TcpListener,
    address: SocketAddr,
    hosts: Hosts,
    origins: Origins,
    crowd: Crowd,
    meters: Meters,
}

impl Door {
    /// A door at a port. Its name tells it apart in metrics; pages of this machine may ask.
    ///
    /// # Errors
    /// When the system does not say where it listens.
    pub fn new(
        name: &'static str,
        listener: TcpListener,
        args: &DoorArgs,
        meters: &DoorMeters,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let wanted = usize::try_from(args.max_connections).unwrap_or(usize::MAX);
        let most = files::share(wanted);
        if most < wanted {
            tracing::warn!(
                door = name,
                most,
                wanted,
                "fewer connections than wanted; raise the limit of open files (ulimit -n)"
            );
        }
        Ok(Self {
            name,
            listener,
            address,
            hosts: Hosts::new(address.ip(), &args.allowed_hosts),
            origins: Origins::of_this_machine(),
            crowd: Crowd::new(most),
            meters: meters.of(name),
        })
    }

    /// The same, where these pages may ask.
    #[must_use]
    pub fn with_origins(mut self, origins: Origins) -> Self {
        self.origins = origins;
        self
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown`; then what was begun is answered.
    ///
    /// # Errors
    /// When the listener fails for good.
    ///
    /// # Cancel safety
    /// Dropping the future cuts all connections.
    pub async fn serve(self, routes: Router, shutdown: CancellationToken) -> io::Result<()> {
        let routes = guarded(routes, self.hosts.clone(), self.origins.clone())
            .layer(RequestBodyTimeoutLayer::new(BODY_PAUSE));
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                Some(_ended) = connections.join_next() => {}
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        if let Some(entered) = self.admit() {
                            let connection = Connection {
                                guest: Arc::new(entered.guest),
                                meters: self.meters.clone(),
                                shutdown: shutdown.clone(),
                            };
                            connections.spawn(connection.serve(stream, routes.clone()));
                        }
                    }
                    Err(error) => self.accept_later(&error).await?,
                },
            }
        }
        drop(self.listener);
        while connections.join_next().await.is_some() {}
        Ok(())
    }

    fn admit(&self) -> Option<Entered> {
        let entered = self.crowd.enter();
        match &entered {
            Some(entered) if entered.instead => drop(self.meters.evicted.inc()),
            Some(_) => {}
            None => {
                self.meters.refused.inc();
                tracing::warn!(
                    door = self.name,
                    "no room for a connection: all ask for something"
                );
            }
        }
        entered
    }

    /// What is wrong with one connection is none of the others' business; without descriptors there
    /// is nothing to do but wait until one is given back.
    async fn accept_later(&self, error: &io::Error) -> io::Result<()> {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
        if matches!(
            error.kind(),
            ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
        ) {
            return Ok(());
        }
        tracing::error!(door = self.name, %error, "a connection cannot be accepted");
        self.meters.refused.inc();
        tokio::time::sleep(NO_DESCRIPTOR).await;
        Ok(())
    }
}

/// One connection.
struct Connection {
    guest: Arc<Guest>,
    meters: Meters,
    shutdown: CancellationToken,
}

impl Connection {
    async fn serve(self, stream: TcpStream, routes: Router) {
        let _open = Open::new(self.meters.connections.clone());
        tune(&stream);
        self.until_it_ends(stream, routes).await;
    }

    async fn until_it_ends(&self, stream: TcpStream, routes: Router) {
        let guest = Arc::clone(&self.guest);
        let service = service_fn(move |request: Request<_>| {
            let (asking, routes) = (guest.ask(), routes.clone());
            async move {
                let answer = routes.oneshot(request.map(Body::new)).await?;
                Ok::<Response<Held>, Infallible>(answer.map(|body| Held::new(body, asking)))
            }
        });
        let http = http();
        let service = TowerToHyperService::new(service);
        let serving = http.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let mut serving = pin!(serving);
        let mut expiry = self.guest.expires();
        let mut stopping = false;
        loop {
            let (Expiry::At(deadline) | Expiry::LookAgain(deadline)) = expiry;
            tokio::select! {
                ended = &mut serving => {
                    if let Err(error) = ended {
                        tracing::debug!(error, "a connection broke off");
                    }
                    return;
                }
                () = self.guest.leave.cancelled() => return,
                () = self.shutdown.cancelled(), if !stopping => {
                    serving.as_mut().graceful_shutdown();
                    stopping = true;
                }
                () = sleep_until(deadline) => match (self.guest.expires(), expiry) {
                    (now, before) if now == before => return,
                    (now, _) => expiry = now,
                },
            }
        }
    }
}

/// Counts a connection for as long as it is open, however it ends.
struct Open(Gauge);

impl Open {
    fn new(connections: Gauge) -> Self {
        connections.inc();
        Self(connections)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn http() -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    // Heads that do not come are seen by `Crowd`, whatever they are a part of.
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(BUFFER);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_concurrent_streams(STREAMS);
    http
}

/// Makes small answers go out at once, and a peer that takes nothing be noticed.
fn tune(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "answers of a connection may be delayed");
    }
    let bounded = rustix::net::sockopt::set_tcp_user_timeout(stream, UNACKNOWLEDGED_MS);
    if let Err(error) = bounded {
        tracing::debug!(%error, "a peer that takes no answer is waited for");
    }
}

#[cfg(test)]
mod tests;
