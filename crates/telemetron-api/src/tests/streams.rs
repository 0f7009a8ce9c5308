//! The live stream over real sockets.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use telemetron_model::Timestamp;
use telemetron_model::record::{Event, Record, Severity};
use telemetron_model::topic::Topic;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::support::TestApi;
use crate::live::hub::Arrival;

const PATIENCE: Duration = Duration::from_secs(10);

/// A served API; the server ends with it.
struct Served {
    api: TestApi,
    address: String,
    _server: JoinSet<()>,
}

impl Served {
    async fn start() -> Self {
        let api = TestApi::without_database();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (router, shutdown) = (api.router.clone(), api.shutdown.clone());
        let mut server = JoinSet::new();
        server.spawn(async move {
            let serving = axum::serve(listener, router);
            serving
                .with_graceful_shutdown(shutdown.cancelled_owned())
                .await
                .unwrap();
        });
        Self {
            api,
            address,
            _server: server,
        }
    }

    fn publish(&self, offset: i64, name: &str, severity: Severity) {
        let record = Record::from(Event {
            event_id: None,
            trace_id: None,
            span_id: None,
            agent_id: None,
            agent_name: None,
            event_type: "custom".to_owned(),
            event_name: name.to_owned(),
            severity,
            message: None,
            data: None,
            timestamp: Timestamp::now(),
            correlation_id: None,
            cause: None,
        });
        let time = Timestamp::now();
        let arrival = Arrival {
            topic: Topic::Events,
            partition: 0,
            offset,
            time,
        };
        self.api.live.publish(arrival, Some(&record));
    }

    async fn connect(&self, query: &str) -> Client {
        let url = format!("ws://{}/ws/debug/tester{query}", self.address);
        let (socket, _) = connect_async(url).await.unwrap();
        let mut client = Client(socket);
        assert_eq!(client.next().await["type"], "subscription_updated");
        client
    }
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn say(&mut self, message: &Value) {
        self.0
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    /// The next frame; pings of the protocol are passed over.
    async fn next(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next()).await.unwrap();
            match message.unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(close) => {
                    let code = close.map(|close| u16::from(close.code));
                    return json!({ "type": "closed", "code": code });
                }
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn a_client_subscribes_pings_and_gets_records() {
    let served = Served::start().await;
    let mut client = served.connect("").await;
    served.publish(0, "first", Severity::Info);
    let frame = client.next().await;
    assert_eq!(
        (&frame["type"], &frame["kind"]),
        (&json!("record"), &json!("event"))
    );
    assert_eq!(frame["data"]["event_name"], "first");

    client
        .say(&json!({ "type": "subscribe", "min_severity": "error" }))
        .await;
    let updated = client.next().await;
    assert_eq!(updated["type"], "subscription_updated");
    assert_eq!(updated["min_severity"], "error");
    served.publish(1, "mild", Severity::Info);
    served.publish(2, "bad", Severity::Error);
    assert_eq!(client.next().await["data"]["event_name"], "bad");

    client.say(&json!({ "type": "ping" })).await;
    assert_eq!(client.next().await, json!({ "type": "pong" }));
    client
        .say(&json!({ "type": "subscribe", "agents": [] }))
        .await;
    let error = client.next().await;
    assert_eq!(error["type"], "error");
    assert!(
        error["detail"]
            .as_str()
            .unwrap()
            .contains("unknown field `agents`"),
        "{error}"
    );
}

#[tokio::test]
async fn a_message_that_is_too_long_is_told_so_before_the_connection_ends() {
    let served = Served::start().await;
    for bytes in [65_537, 200_000, 3_000_000] {
        let client = served.connect("").await;
        let (mut sink, stream) = client.0.split();
        let said = stream.filter(|message| {
            let is_said = !matches!(message, Ok(Message::Ping(_)));
            std::future::ready(is_said)
        });
        let (sent, told) = tokio::join!(
            sink.send(Message::text("x".repeat(bytes))),
            said.take(2).collect::<Vec<_>>()
        );
        // The longest is not read to its end.
        assert!(sent.is_ok() || bytes > 1_000_000, "{sent:?}");
        let Ok(Message::Text(error)) = &told[0] else {
            panic!("{bytes}: {told:?}");
        };
        let error: Value = serde_json::from_str(error).unwrap();
        assert_eq!(error["type"], "error");
        let detail = error["detail"].as_str().unwrap();
        assert!(detail.contains(&format!("{bytes} bytes")), "{detail}");
        let Ok(Message::Close(Some(close))) = &told[1] else {
            panic!("{bytes}: {told:?}");
        };
        assert_eq!(u16::from(close.code), 1009);
    }
}

#[tokio::test]
async fn a_client_comes_back_with_its_cursor_and_misses_nothing() {
    let served = Served::start().await;
    let mut client = served.connect("").await;
    served.publish(0, "seen", Severity::Info);
    let cursor = client.next().await["cursor"].as_str().unwrap().to_owned();
    drop(client);
    served.publish(1, "missed", Severity::Info);
    let mut client = served.connect(&format!("?cursor={cursor}")).await;
    assert_eq!(client.next().await["data"]["event_name"], "missed");
}

#[tokio::test]
async fn a_stream_ends_when_the_platform_stops() {
    let served = Served::start().await;
    let mut client = served.connect("").await;
    served.api.shutdown.cancel();
    assert_eq!(client.next().await["type"], "closed");
}

#[tokio::test]
async fn pages_of_strangers_may_not_listen() {
    let served = Served::start().await;
    let mut socket = TcpStream::connect(&served.address).await.unwrap();
    let request = "GET /ws/debug/x HTTP/1.1\r\nhost: localhost\r\norigin: https://evil.example\r\n\
                   connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    socket.write_all(request.as_bytes()).await.unwrap();
    let answer = read_until(&mut socket, "may not do this").await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
}

/// Reads until a text has come.
async fn read_until(socket: &mut TcpStream, wanted: &str) -> String {
    let mut seen = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&seen).contains(wanted) {
            let mut part = [0; 1024];
            let count = socket.read(&mut part).await.unwrap();
            assert!(count > 0, "ended: {}", String::from_utf8_lossy(&seen));
            seen.extend_from_slice(&part[..count]);
        }
    };
    let timely = tokio::time::timeout(PATIENCE, reading).await;
    let text = String::from_utf8_lossy(&seen).into_owned();
    assert!(timely.is_ok(), "waiting for `{wanted}`; seen: {text}");
    text
}

#[tokio::test]
async fn events_sent_by_the_server_carry_cursors_as_ids_and_resume() {
    let served = Served::start().await;
    let ask = |headers: &str| {
        format!("GET /api/v1/events/stream HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n")
    };
    let mut first = TcpStream::connect(&served.address).await.unwrap();
    first.write_all(ask("").as_bytes()).await.unwrap();
    read_until(&mut first, "text/event-stream").await;
    served.publish(0, "one", Severity::Info);
    let text = read_until(&mut first, "\n\n").await;
    let id = text
        .split("id: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .trim()
        .to_owned();
    drop(first);
    served.publish(1, "two", Severity::Info);

    let mut again = TcpStream::connect(&served.address).await.unwrap();
    again
        .write_all(ask(&format!("last-event-id: {id}\r\n")).as_bytes())
        .await
        .unwrap();
    let text = read_until(&mut again, "\"two\"").await;
    assert!(!text.contains("\"one\""), "{text}");
}

#[tokio::test]
async fn a_page_that_begins_with_the_last_minutes_goes_on_with_what_comes() {
    let served = Served::start().await;
    for offset in 0..3 {
        served.publish(offset, &format!("early {offset}"), Severity::Info);
    }
    let answer = served.api.get("/api/v1/events/recent?limit=2").await.json();
    let items = answer["items"].as_array().unwrap().iter();
    let names: Vec<_> = items
        .map(|frame| frame["data"]["event_name"].clone())
        .collect();
    assert_eq!(names, [json!("early 1"), json!("early 2")]);
    assert_eq!(answer["more"], true);
    assert!(answer["since"].as_str().unwrap().ends_with('Z'));
    served.publish(3, "between", Severity::Info);
    let cursor = answer["cursor"].as_str().unwrap();
    let mut client = served.connect(&format!("?cursor={cursor}")).await;
    served.publish(4, "afterwards", Severity::Info);
    for name in ["between", "afterwards"] {
        assert_eq!(client.next().await["data"]["event_name"], name);
    }
    let wrong = served.api.get("/api/v1/events/recent?cursor=x").await;
    assert_eq!(wrong.status, 400);
}
