use std::convert::Infallible;
use std::io;

use tokio::sync::oneshot;

use super::*;

const GRACE: Duration = Duration::from_secs(5);

/// A service that does nothing until it is asked to stop.
async fn idle(shutdown: CancellationToken) -> Result<(), Infallible> {
    shutdown.cancelled().await;
    Ok(())
}

#[tokio::test]
async fn the_first_service_to_end_stops_the_others() {
    let mut services = Services::new();
    let (stopped, seen) = oneshot::channel();
    let shutdown = services.shutdown();
    services.add("long", async move {
        idle(shutdown).await?;
        stopped.send(()).unwrap();
        Ok::<_, Infallible>(())
    });
    services.add("short", async { Ok::<_, Infallible>(()) });

    services.run(GRACE).await.unwrap();

    seen.await.unwrap();
}

#[tokio::test]
async fn a_failure_is_reported_with_the_name_of_the_service() {
    let mut services = Services::new();
    services.add("idle", idle(services.shutdown()));
    services.add("consumer", async {
        Err(io::Error::other("lost the broker"))
    });

    let failed = services.run(GRACE).await.unwrap_err();

    assert_eq!(failed.to_string(), "consumer failed: lost the broker");
}

#[tokio::test]
async fn a_failure_while_draining_is_not_lost() {
    let mut services = Services::new();
    let shutdown = services.shutdown();
    services.add("consumer", async move {
        shutdown.cancelled().await;
        Err(io::Error::other("could not commit"))
    });
    services.add("short", async { Ok::<_, Infallible>(()) });

    let failed = services.run(GRACE).await.unwrap_err();

    assert_eq!(failed.to_string(), "consumer failed: could not commit");
}

#[tokio::test]
async fn a_panic_is_reported_and_stops_the_others() {
    let mut services = Services::new();
    services.add("idle", idle(services.shutdown()));
    services.add::<Infallible>("api", async { panic!("out of {}", "range") });

    let failed = services.run(GRACE).await.unwrap_err();

    assert_eq!(failed.to_string(), "api panicked: out of range");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_drain_is_named() {
    let mut services = Services::new();
    services.add("deaf", std::future::pending::<Result<(), Infallible>>());
    services.add("idle", idle(services.shutdown()));
    services.shutdown().cancel();

    let failed = services.run(GRACE).await.unwrap_err();

    assert_eq!(failed.to_string(), "deaf did not stop within 5s");
}

#[tokio::test]
async fn an_empty_set_ends_at_once() {
    Services::new().run(GRACE).await.unwrap();
}
