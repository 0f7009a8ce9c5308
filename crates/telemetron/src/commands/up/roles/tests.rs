use std::io;
use std::sync::Mutex;

use telemetron_runtime::{Services, Status};

use super::*;

#[derive(Debug, Clone)]
enum Life {
    /// It cannot even be started.
    Stillborn,
    /// It panics at once.
    Panics,
    /// It fails at once.
    Fails,
    /// It goes on until it is told to stop, and says that it runs.
    Lasts(CancellationToken),
}

impl Life {
    fn services(self) -> anyhow::Result<Services> {
        let mut services = Services::new();
        let shutdown = services.shutdown();
        match self {
            Self::Stillborn => anyhow::bail!("no room"),
            Self::Panics => services.add::<io::Error>("puppet", async { panic!("out of range") }),
            Self::Fails => services.add("puppet", async { Err(io::Error::other("lost it")) }),
            Self::Lasts(runs) => services.add("puppet", async move {
                runs.cancel();
                shutdown.cancelled().await;
                Ok::<(), io::Error>(())
            }),
        }
        Ok(services)
    }
}

/// A role that plays the given lives one after the other, and what health said before each.
fn kept(health: &Health, lives: Vec<Life>) -> (Kept, Arc<Mutex<Vec<Status>>>) {
    let lives = Mutex::new(lives.into_iter());
    let said = Arc::new(Mutex::new(Vec::new()));
    let (shared, heard) = (health.clone(), Arc::clone(&said));
    let start = move || {
        let before = shared.snapshot().components["up.puppet"].clone();
        heard.lock().unwrap().push(before);
        let life = lives.lock().unwrap().next().unwrap();
        Ok(Running {
            services: life.services()?,
            health: shared.clone(),
            metrics: Metrics::default(),
        })
    };
    let role = Kept {
        name: "puppet",
        running: None,
        start: Box::new(start),
        component: health.register("up.puppet"),
        restarts: Counter::default(),
    };
    (role, said)
}

#[tokio::test(start_paused = true)]
async fn a_role_that_dies_is_started_again_until_it_lasts() {
    let (health, runs, stop) = (
        Health::new(),
        CancellationToken::new(),
        CancellationToken::new(),
    );
    let lives = vec![
        Life::Panics,
        Life::Stillborn,
        Life::Fails,
        Life::Lasts(runs.clone()),
    ];
    let (role, said) = kept(&health, lives);
    let restarts = role.restarts.clone();
    let told = stop.clone();
    let played = async {
        runs.cancelled().await;
        assert_eq!(
            restarts.get(),
            3,
            "what could not be started does not count"
        );
        assert!(health.snapshot().ready);
        told.cancel();
    };
    let (ended, ()) = tokio::join!(role.keep(stop), played);
    ended.unwrap();

    let reasons: Vec<_> = said.lock().unwrap().iter().map(reason).collect();
    let expected = ["no reason given", "out of range", "no room", "lost it"];
    assert_eq!(reasons.len(), expected.len());
    for (reason, expected) in reasons.iter().zip(expected) {
        assert!(reason.contains(expected), "{reason}");
    }
}

fn reason(status: &Status) -> String {
    match status {
        Status::NotReady { reason } => reason.clone(),
        Status::Ready => "ready".into(),
    }
}
