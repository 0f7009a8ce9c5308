//! The collector against a real LiteLLM proxy, which `TELEMETRON_LITELLM` names by its program
//! (`litellm[proxy]` and `prometheus-client` from PyPI); without one the test says so and passes.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::Source as _;
use super::http::Http;
use super::litellm::LiteLlm;
use crate::facts::{KnownModel, Usage};
use crate::observation::Observation;

const PATIENCE: Duration = Duration::from_secs(180);

const KEY: &str = "sk-test";

const CONFIG: &str = "\
model_list:
  - model_name: fake
    litellm_params: {model: openai/fake, api_key: x, mock_response: hi, tpm: 1000, rpm: 10}
  - model_name: priced
    litellm_params: {model: openai/gpt-4o-mini, api_key: x, mock_response: hi}
  - model_name: limited
    litellm_params: {model: openai/gpt-4o, api_key: x, mock_response: litellm.RateLimitError}
router_settings:
  num_retries: 0
  provider_budget_config: {openai: {budget_limit: 10, time_period: 1d}}
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

impl Proxy {
    fn signal(&self, signal: &str) {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status();
        assert!(sent.unwrap().success());
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

/// Calls a model once, as an agent would; gives the status.
fn call(port: u16, model: &str) -> String {
    let messages = r#"[{"role":"user","content":"hello"}]"#;
    let body = format!(r#"{{"model":"{model}","messages":{messages}}}"#);
    let url = format!("http://127.0.0.1:{port}/v1/chat/completions");
    let called = Command::new("curl")
        .args(["-s", "-o", "/dev/null", "-w", "%{http_code}", "-d", &body])
        .args(["-H", "authorization: Bearer sk-test"])
        .args(["-H", "content-type: application/json", &url])
        .output();
    String::from_utf8(called.unwrap().stdout).unwrap()
}

fn collector(port: u16, key: Option<&str>) -> LiteLlm {
    let base = format!("http://127.0.0.1:{port}");
    let key = key.map(|key| key.to_owned().into());
    LiteLlm::new(Ok(Http::new(&base, key).unwrap()))
}

/// Asks until the answer is as wanted.
async fn ask_until(proxy: &mut LiteLlm, wanted: impl Fn(&KnownModel) -> bool) -> KnownModel {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let told = proxy.ask().await;
        if let Ok(Observation::LiteLlm(models, _lacks)) = &told
            && let Some(model) = models.iter().find(|model| wanted(model))
        {
            return model.clone();
        }
        assert!(Instant::now() < deadline, "never as wanted; last {told:?}");
        sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_real_proxy_without_a_database_tells_what_it_knows() {
    let Some(program) = std::env::var_os("TELEMETRON_LITELLM").map(PathBuf::from) else {
        println!("skipped: TELEMETRON_LITELLM names no proxy");
        return;
    };
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let config = std::env::temp_dir().join(format!("telemetron-litellm-{port}.yaml"));
    std::fs::write(&config, CONFIG).unwrap();
    let running = start(&program, port, &config);
    let mut proxy = collector(port, Some(KEY));
    limits_and_prices(&mut proxy).await;
    calls_and_refusals(&mut proxy, port).await;
    wrong_keys(port).await;
    a_pause(&mut proxy, &running).await;
    drop(running);
    let away = proxy.ask().await.unwrap_err().to_string();
    assert!(away.contains("nothing answers at"), "{away}");
    std::fs::remove_file(&config).unwrap();
}

async fn limits_and_prices(proxy: &mut LiteLlm) {
    let model = ask_until(proxy, |model| model.model == "fake").await;
    assert_eq!(model.provider.as_deref(), Some("openai"));
    assert_eq!((model.tpm_max, model.rpm_max), (Some(1000.0), Some(10.0)));
    assert_eq!(model.priced, None, "the proxy knows nothing of it");
    let model = ask_until(proxy, |model| model.model == "priced").await;
    assert_eq!((model.tpm_max, model.rpm_max), (None, None));
    assert_eq!(
        (model.input_context, model.priced),
        (Some(128_000), Some(true))
    );
    assert_eq!(model.spend_usd, None, "nothing was spent on it");
}

async fn calls_and_refusals(proxy: &mut LiteLlm, port: u16) {
    assert_eq!(call(port, "priced"), "200");
    let used = |model: &KnownModel| {
        let usage = model.usage.is_some_and(|usage| usage.tokens >= 30.0);
        model.model == "priced" && usage && model.budget_left.is_some()
    };
    let model = ask_until(proxy, used).await;
    let spent = model.spend_usd.unwrap();
    assert!(spent > 0.0 && spent < 0.01, "{spent}");
    assert!(model.budget_left.unwrap() <= 10.0);
    println!("a call of the real proxy was seen as {model:?}");
    assert_eq!(call(port, "limited"), "429");
    let refused = |model: &KnownModel| {
        let asked = |usage: &Usage| usage.requests >= 1.0 && usage.tokens == 0.0;
        model.model == "limited" && model.usage.as_ref().is_some_and(asked)
    };
    ask_until(proxy, refused).await;
}

async fn wrong_keys(port: u16) {
    let wrong = collector(port, Some("sk-wrong")).ask().await;
    let wrong = wrong.unwrap_err().to_string();
    assert!(
        wrong.contains("does not take the key of LITELLM_API_KEY"),
        "{wrong}"
    );
    let missing = collector(port, None).ask().await.unwrap_err().to_string();
    assert!(
        missing.contains("LITELLM_API_KEY names its key"),
        "{missing}"
    );
}

/// A proxy that hangs is cut off by whoever asks, and answers when it goes on.
async fn a_pause(proxy: &mut LiteLlm, running: &Proxy) {
    running.signal("-STOP");
    let asked = timeout(Duration::from_millis(500), proxy.ask()).await;
    assert!(asked.is_err(), "{asked:?}");
    running.signal("-CONT");
    ask_until(proxy, |model| model.model == "fake").await;
}
