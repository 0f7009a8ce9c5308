//! The collector against a real LiteLLM proxy, which `TELEMETRON_LITELLM` names by its program
//! (`litellm[proxy]` from PyPI); without one the test says so and passes.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Source as _;
use super::http::Http;
use super::litellm::LiteLlm;
use crate::board::Told;
use crate::facts::KnownModel;

const PATIENCE: Duration = Duration::from_secs(180);

const CONFIG: &str = "\
model_list:
  - model_name: fake
    litellm_params: {model: openai/fake, api_key: x, mock_response: hi, tpm: 1000, rpm: 10}
litellm_settings:
  callbacks: [prometheus]
general_settings:
  master_key: sk-test
";

/// The proxy; dropping it ends it.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn start(program: &Path, port: u16, config: &Path) -> Proxy {
    let child = Command::new(program)
        .args(["--config", config.to_str().unwrap(), "--host", "127.0.0.1"])
        .args(["--port", &port.to_string()])
        .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        .env_remove("DATABASE_URL")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Proxy(child.unwrap())
}

/// Calls the model once, as an agent would.
fn call(port: u16) {
    let body = r#"{"model":"fake","messages":[{"role":"user","content":"hello"}]}"#;
    let url = format!("http://127.0.0.1:{port}/v1/chat/completions");
    let called = Command::new("curl")
        .args(["-sf", "-H", "authorization: Bearer sk-test"])
        .args(["-H", "content-type: application/json", "-d", body, &url])
        .stdout(Stdio::null())
        .status();
    assert!(called.unwrap().success(), "the proxy refuses a call");
}

/// Asks until the answer is as wanted.
async fn ask_until(proxy: &mut LiteLlm, wanted: impl Fn(&KnownModel) -> bool) -> KnownModel {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let told = proxy.ask().await;
        if let Ok(Told::LiteLlm(models)) = &told
            && let Some(model) = models.iter().find(|model| wanted(model))
        {
            return model.clone();
        }
        assert!(Instant::now() < deadline, "never as wanted; last {told:?}");
        sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_real_proxy_tells_its_models_limits_and_usage_without_a_database() {
    let Some(program) = std::env::var_os("TELEMETRON_LITELLM").map(PathBuf::from) else {
        println!("skipped: TELEMETRON_LITELLM names no proxy");
        return;
    };
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let config = std::env::temp_dir().join(format!("telemetron-litellm-{port}.yaml"));
    std::fs::write(&config, CONFIG).unwrap();
    let _proxy = start(&program, port, &config);
    let base = format!("http://127.0.0.1:{port}");
    let http = Http::new(&base, Some("sk-test".to_owned().into())).unwrap();
    let mut proxy = LiteLlm::new(Ok(http));

    let model = ask_until(&mut proxy, |model| model.model == "fake").await;
    assert_eq!(model.provider.as_deref(), Some("openai"));
    assert_eq!((model.tpm_max, model.rpm_max), (Some(1000.0), Some(10.0)));

    call(port);
    let used = |model: &KnownModel| model.usage.is_some_and(|usage| usage.tokens >= 30.0);
    let model = ask_until(&mut proxy, used).await;
    println!("a call of the real proxy was seen as {:?}", model.usage);
    std::fs::remove_file(&config).unwrap();
}
