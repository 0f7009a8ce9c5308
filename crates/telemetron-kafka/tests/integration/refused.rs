//! A broker that asks who is there, over an encrypted connection: what keeps a client out is told in
//! librdkafka's own words, and soon.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use telemetron_kafka::admin::{describe, ensure_topics};
use telemetron_kafka::{KafkaConfig, Sasl, Security, Tls, TopicEnds};
use telemetron_local::{KafkaJars, KafkaOptions, LocalKafka, SecureListener};

use crate::support::{PATIENCE, plan};

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_client_out_is_told_and_a_proper_one_gets_in() {
    let Ok(jars) = KafkaJars::find() else {
        eprintln!("SKIPPED: no jars of Kafka in the cache");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let ours = certificates(dir.path(), "ours");
    let foreign = certificates(dir.path(), "foreign");
    let port = free_port();
    let mut options = KafkaOptions::new(dir.path().join("kafka"), jars);
    options.secure = Some(SecureListener {
        port,
        keystore: ours.keystore,
        user: "agent".to_owned(),
        password: "secret".to_owned(),
    });
    let kafka = LocalKafka::start(options).await.unwrap();
    let secure = format!("127.0.0.1:{port}");
    let open = kafka.bootstrap_servers();
    let (ca, foreign) = (Some(&*ours.ca), Some(&*foreign.ca));

    let proper = config(&secure, ca, Some(("PLAIN", "secret")));
    ensure_topics(&proper, &plan()).await.unwrap();
    let cases = [
        (
            &secure,
            ca,
            Some(("PLAIN", "wrong")),
            "Authentication failed",
        ),
        (
            &secure,
            foreign,
            Some(("PLAIN", "secret")),
            "certificate verify failed",
        ),
        (
            &secure,
            ca,
            Some(("SCRAM-SHA-256", "secret")),
            "SASL mechanism",
        ),
        (&secure, None, None, "is the port one for TLS"),
        (&open, ca, Some(("PLAIN", "secret")), "SSL handshake failed"),
    ];
    for (servers, ca, user, words) in cases {
        let config = config(servers, ca, user);
        let timer = Instant::now();
        let error = describe(&config, &plan()).await.unwrap_err().to_string();
        println!(
            "{words:?} after {:.1} s: {error}",
            timer.elapsed().as_secs_f64()
        );
        assert!(error.contains(words), "{words}: {error}");
        // So does what health is made of.
        let ends = TopicEnds::new(&config).unwrap();
        let asked = tokio::time::timeout(PATIENCE, ends.watermarks()).await;
        let error = asked.unwrap().unwrap_err().to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
    kafka.kill().await.unwrap();
}

fn config(servers: &str, ca: Option<&Path>, user: Option<(&str, &str)>) -> KafkaConfig {
    let mut config = KafkaConfig::new(servers);
    config.security = Security {
        tls: ca.map(|ca| Tls {
            ca: Some(ca.to_owned()),
            ..Tls::default()
        }),
        sasl: user.map(|(mechanism, password)| Sasl {
            mechanism: mechanism.to_owned(),
            username: "agent".to_owned(),
            password: password.into(),
        }),
    };
    config
}

/// An authority, and a key with a certificate of it.
struct Certificates {
    ca: PathBuf,
    keystore: PathBuf,
}

fn certificates(dir: &Path, name: &str) -> Certificates {
    let file = |what: &str| dir.join(format!("{name}-{what}.pem"));
    let (ca, ca_key, key) = (file("ca"), file("ca-key"), file("key"));
    let (request, certificate, keystore) = (file("request"), file("certificate"), file("keystore"));
    let text = |path: &PathBuf| path.to_str().unwrap().to_owned();
    let extensions = file("extensions");
    std::fs::write(&extensions, "subjectAltName=IP:127.0.0.1").unwrap();
    let new = ["req", "-newkey", "rsa:2048", "-nodes", "-subj"];
    openssl(
        &new,
        &["/CN=authority", "-x509", "-days", "2", "-keyout"],
        &[&ca_key],
        &["-out"],
        &ca,
    );
    openssl(
        &new,
        &["/CN=broker", "-keyout"],
        &[&key],
        &["-out"],
        &request,
    );
    let sign = ["x509", "-req", "-days", "2", "-CAcreateserial"];
    let signing = [
        "-in",
        &text(&request),
        "-CA",
        &text(&ca),
        "-CAkey",
        &text(&ca_key),
        "-extfile",
    ];
    openssl(&sign, &signing, &[&extensions], &["-out"], &certificate);
    let both = [&key, &certificate].map(|path| std::fs::read_to_string(path).unwrap());
    std::fs::write(&keystore, both.concat()).unwrap();
    Certificates { ca, keystore }
}

fn openssl(first: &[&str], more: &[&str], paths: &[&PathBuf], last: &[&str], out: &Path) {
    let done = Command::new("openssl")
        .args(first)
        .args(more)
        .args(paths)
        .args(last)
        .arg(out)
        .output()
        .expect("openssl is there");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
