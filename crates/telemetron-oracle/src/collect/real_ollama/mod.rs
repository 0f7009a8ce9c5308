//! The collector against a real Ollama, which `TELEMETRON_OLLAMA` names by its program; without one
//! the test says so and passes. Its model is made here, so that nothing is downloaded.

mod gguf;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Source as _;
use super::http::Http;
use super::ollama::Ollama;
use crate::facts::KnownModel;
use crate::observation::Observation;

const PATIENCE: Duration = Duration::from_secs(60);

/// The server; dropping it ends it.
struct Server {
    process: Child,
    program: PathBuf,
    address: String,
    dir: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked to end, it ends the process that holds the model as well.
        let pid = self.process.id().to_string();
        drop(Command::new("kill").arg(pid).status());
        drop(self.process.wait());
        drop(std::fs::remove_dir_all(&self.dir));
    }
}

impl Server {
    /// Starts it on a free port, with a folder of its own and no models.
    fn start(program: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let dir = std::env::temp_dir().join(format!("telemetron-ollama-{port}"));
        std::fs::create_dir_all(&dir).unwrap();
        let address = format!("127.0.0.1:{port}");
        let process = of(program, &address, &dir)
            .arg("serve")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self {
            process: process.unwrap(),
            program: program.to_owned(),
            address,
            dir,
        }
    }

    /// Gives it a model.
    fn create(&self, name: &str) {
        std::fs::write(self.dir.join("model.gguf"), gguf::model()).unwrap();
        std::fs::write(self.dir.join("Modelfile"), "FROM ./model.gguf\n").unwrap();
        let mut create = of(&self.program, &self.address, &self.dir);
        let made = create
            .args(["create", name, "-f", "Modelfile"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
    }

    /// Calls a model once, which holds it in memory for a while.
    fn call(&self, name: &str) {
        let body = format!(
            r#"{{"model":"{name}","prompt":"hello","stream":false,
            "options":{{"num_predict":2}}}}"#
        );
        let url = format!("http://{}/api/generate", self.address);
        let called = Command::new("curl")
            .args(["-sf", "-d", &body, &url])
            .output();
        let called = called.unwrap();
        assert!(called.status.success(), "{called:?}");
    }

    fn collector(&self) -> Ollama {
        Ollama::new(Http::new(&format!("http://{}", self.address), None))
    }
}

fn of(program: &Path, address: &str, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(dir)
        .env("HOME", dir)
        .env("OLLAMA_HOST", address)
        .env("OLLAMA_MODELS", dir.join("models"));
    command
}

/// Asks until the models are as wanted.
async fn ask_until(ollama: &mut Ollama, wanted: impl Fn(&[KnownModel]) -> bool) -> Vec<KnownModel> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let told = ollama.ask().await;
        if let Ok(Observation::Ollama(models)) = &told
            && wanted(models)
        {
            return models.clone();
        }
        assert!(Instant::now() < deadline, "never as wanted; last {told:?}");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_real_ollama_tells_its_models_and_what_it_holds_in_memory() {
    let Some(program) = std::env::var_os("TELEMETRON_OLLAMA").map(PathBuf::from) else {
        println!("skipped: TELEMETRON_OLLAMA names no server");
        return;
    };
    let server = Server::start(&program);
    let mut ollama = server.collector();
    assert_eq!(ask_until(&mut ollama, <[_]>::is_empty).await, []);

    server.create("tiny");
    let models = ask_until(&mut ollama, |models| !models.is_empty()).await;
    let [model] = &models[..] else {
        panic!("{models:?}");
    };
    assert_eq!(model.model, "tiny:latest");
    assert_eq!(model.provider.as_deref(), Some("ollama"));
    assert_eq!((model.loaded_bytes, model.priced), (None, Some(false)));
    assert_eq!(model.input_context, Some(i64::from(gguf::CONTEXT)));
    assert_eq!(model.output_types, ["text"]);

    server.call("tiny");
    let held = |models: &[KnownModel]| models.iter().all(|model| model.loaded_bytes.is_some());
    let model = ask_until(&mut ollama, held).await.remove(0);
    assert!(model.loaded_bytes.unwrap() > 0, "{model:?}");
    assert_eq!(model.input_context, Some(i64::from(gguf::CONTEXT)));
    println!("a real Ollama told {model:?}");

    drop(server);
    let away = ollama.ask().await.unwrap_err().to_string();
    assert!(away.contains("nothing answers at"), "{away}");
}
