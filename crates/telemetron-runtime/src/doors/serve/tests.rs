use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::MetricsBuilder;

/// A door that a test may knock at, and what it counts.
struct Stage {
    address: SocketAddr,
    metrics: crate::Metrics,
    shutdown: CancellationToken,
    served: JoinSet<io::Result<()>>,
}

impl Stage {
    async fn with_room_for(most: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut metrics = MetricsBuilder::default();
        let meters = DoorMeters::new(&mut metrics);
        let mut door = Door::new("test", listener, &DoorArgs::default(), &meters).unwrap();
        door.crowd = Crowd::new(most);
        let routes = Router::new()
            .route("/", get(async || "in"))
            .route("/body", post(async |body: String| body));
        let (address, shutdown) = (door.address(), CancellationToken::new());
        let mut served = JoinSet::new();
        served.spawn(door.serve(routes, shutdown.clone()));
        Self {
            address,
            metrics: metrics.build(),
            shutdown,
            served,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn stop(mut self) {
        self.shutdown.cancel();
        self.served.join_next().await.unwrap().unwrap().unwrap();
    }
}

async fn ask(stream: &mut TcpStream) -> String {
    let request = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = vec![0; 1000];
    let read = stream.read(&mut answer).await.unwrap();
    String::from_utf8(answer[..read].to_vec()).unwrap()
}

/// Whether the other side ends the connection, in whatever time.
async fn is_closed(stream: &mut TcpStream) -> bool {
    matches!(stream.read(&mut [0; 10]).await, Ok(0) | Err(_))
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_nothing_is_let_go_whatever_was_begun() {
    let stage = Stage::with_room_for(10).await;
    let begun: [&[u8]; 4] = [
        b"",
        b"GET / HTTP/1.1\r\nhost: lo",
        b"PRI * HTTP/2.0\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ];
    for head in begun {
        let mut stream = stage.connect().await;
        stream.write_all(head).await.unwrap();
        let since = tokio::time::Instant::now();
        // HTTP/2 says its settings first.
        while !is_closed(&mut stream).await {}
        let took = since.elapsed();
        assert!(took <= Duration::from_secs(20), "{took:?} after {head:?}");
    }
    stage.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_rests_for_too_long_is_closed_and_until_then_it_serves() {
    let stage = Stage::with_room_for(10).await;
    let mut stream = stage.connect().await;
    for _ in 0..3 {
        assert!(ask(&mut stream).await.ends_with("in"));
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    assert!(is_closed(&mut stream).await);
    stage.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let stage = Stage::with_room_for(10).await;
    let mut stream = stage.connect().await;
    let head = b"POST /body HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\nabc";
    stream.write_all(head).await.unwrap();
    let mut answer = vec![0; 1000];
    let read = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    stage.stop().await;
}

#[tokio::test]
async fn a_crowd_that_only_stands_there_keeps_nobody_out() {
    let stage = Stage::with_room_for(20).await;
    let mut idle = Vec::new();
    for _ in 0..100 {
        idle.push(stage.connect().await);
    }
    let mut stream = stage.connect().await;
    let answer = ask(&mut stream).await;
    assert!(answer.ends_with("in"), "{answer}");
    let metrics = stage.metrics.render().unwrap();
    let evicted = "telemetron_door_evicted_connections_total{door=\"test\"} 81";
    assert!(metrics.contains(evicted), "{metrics}");
    stage.stop().await;
}

#[tokio::test]
async fn a_foreign_name_is_not_served() {
    let stage = Stage::with_room_for(2).await;
    let mut stream = stage.connect().await;
    let request = b"GET / HTTP/1.1\r\nhost: evil.example\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = vec![0; 1000];
    let read = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
    stage.stop().await;
}
