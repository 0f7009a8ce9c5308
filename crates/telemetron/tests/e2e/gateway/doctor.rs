//! `telemetron doctor otlp`, in the environment of a program that sends in each of the protocols.

use std::process::Output;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::platform::Platform;

/// Runs it with these settings of an exporter.
async fn doctor(platform: &Platform, protocol: &str, endpoint: &str) -> Output {
    let mut command = platform.command(&["doctor", "otlp"]);
    command
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    let ended = tokio::task::spawn_blocking(move || command.output());
    ended.await.unwrap().unwrap()
}

fn said(output: &Output) -> String {
    let both = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// Whether the gateway has counted a request of spans over this transport.
async fn counted(platform: &Platform, transport: &str) -> bool {
    let metrics = reqwest::get(format!("{}/metrics", platform.otlp_http())).await;
    let metrics = metrics.unwrap().text().await.unwrap();
    let mut requests = metrics
        .lines()
        .filter(|line| line.starts_with("telemetron_gateway_requests_total"));
    requests
        .any(|line| line.contains("traces") && line.contains(transport) && !line.ends_with(" 0"))
}

/// Something that answers whatever comes as a server of HTTP/1.1 would, and its address.
async fn old_server(serving: &mut JoinSet<()>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    serving.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 256];
            let answer = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
            if stream.read(&mut asked).await.is_ok() {
                drop(stream.write_all(answer).await);
            }
        }
    });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_sends_in_the_protocol_that_the_program_would() {
    let Some(platform) = Platform::start().await else {
        return;
    };
    let (http, grpc) = (platform.otlp_http(), platform.otlp_grpc());
    assert!(!counted(&platform, "grpc").await);
    for (protocol, endpoint, over) in [
        ("http/json", &http, "over HTTP"),
        ("http/protobuf", &http, "over HTTP"),
        ("grpc", &grpc, "over gRPC"),
    ] {
        let output = doctor(&platform, protocol, endpoint).await;
        let said = said(&output);
        assert!(output.status.success(), "{protocol}: {said}");
        assert!(
            said.contains(over) && said.contains("it was stored"),
            "{protocol}: {said}"
        );
    }
    assert!(counted(&platform, "grpc").await);

    let mut serving = JoinSet::new();
    let old = old_server(&mut serving).await;
    for (protocol, endpoint, why) in [
        ("grpc", old.as_str(), "speaks no HTTP/2"),
        ("grpc", "http://127.0.0.1:1", "is `telemetron up`"),
        ("http/protobuf", old.as_str(), "the path is wrong"),
    ] {
        let output = doctor(&platform, protocol, endpoint).await;
        let said = said(&output);
        assert!(!output.status.success(), "{protocol}: {said}");
        assert!(said.contains(why), "{protocol}: {said}");
    }
}
