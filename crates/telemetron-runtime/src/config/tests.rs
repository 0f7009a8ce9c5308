use std::time::Duration;

use super::*;

#[derive(Debug, Parser)]
struct Process {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(subcommand)]
    role: Role,
}

#[derive(Debug, clap::Subcommand)]
enum Role {
    Consumer(Consumer),
    Api(Api),
}

#[derive(Debug, Args)]
struct Consumer {
    #[arg(long, env = "RT_TEST_DATABASE_URL", hide_env_values = true)]
    database_url: String,
    #[arg(long, env = "RT_TEST_MAX_WAIT_MS", default_value = "250", value_parser = duration)]
    max_wait_ms: Duration,
    #[arg(long, env = "RT_TEST_TOPICS", value_delimiter = ',')]
    topics: Vec<String>,
    #[arg(long, env = "RT_TEST_VERBOSE")]
    verbose: bool,
    /// The variable `PATH` is there in every test.
    #[arg(long, env = "PATH")]
    from_environment: String,
    #[arg(long, env = "RT_TEST_GROUP")]
    group: Option<String>,
    /// An order, not a setting.
    #[arg(long)]
    once: bool,
}

#[derive(Debug, Args)]
struct Api {
    #[arg(long, env = "RT_TEST_SERVER_PORT", default_value = "8080")]
    server_port: u16,
}

/// Parses with a file of this content named by the environment.
fn parse_with(file: &str, arguments: &[&str]) -> Result<(Process, Settings), String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("telemetron.toml");
    std::fs::write(&path, file).unwrap();
    let arguments = std::iter::once("telemetron").chain(arguments.iter().copied());
    let shown = path.display().to_string();
    parse_from(arguments.map(OsString::from).collect(), Some(path.into()))
        .map_err(|error| error.to_string().replace(&shown, "FILE"))
}

fn consumer(file: &str, arguments: &[&str]) -> Result<Consumer, String> {
    let arguments = [&["consumer"], arguments].concat();
    parse_with(file, &arguments).map(|(process, _)| match process.role {
        Role::Consumer(consumer) => consumer,
        Role::Api(api) => panic!("parsed as {api:?}"),
    })
}

/// The first line, which is what the user reads first.
fn refused<T: std::fmt::Debug>(result: Result<T, String>) -> String {
    result.unwrap_err().lines().next().unwrap().to_owned()
}

#[test]
fn the_file_stands_in_for_required_arguments_and_defaults() {
    let file = "
        rt_test_database_url = 'postgres://db'
        rt_test_max_wait_ms = 500
        rt_test_topics = ['a', 'b']
        rt_test_verbose = true
    ";
    let consumer = consumer(file, &[]).unwrap();
    assert_eq!(consumer.database_url, "postgres://db");
    assert_eq!(consumer.max_wait_ms, Duration::from_millis(500));
    assert_eq!(consumer.topics, ["a", "b"]);
    assert!(consumer.verbose);
}

#[test]
fn the_settings_in_effect_say_where_they_came_from_and_hide_secrets() {
    let file = "rt_test_database_url = 'postgres://u:hunter2@db'\nrt_test_topics = ['a', 'b']";
    let arguments = ["consumer", "--max-wait-ms=5s", "--once"];
    let (_, settings) = parse_with(file, &arguments).unwrap();
    let settings = settings.instead("rt_test_group", "one of its own");
    let path = std::env::var("PATH").unwrap();
    let expected = format!(
        "# rt_test_database_url is set and not shown  # FILE\n\
         rt_test_max_wait_ms = \"5s\"  # command line\n\
         rt_test_topics = [\"a\",\"b\"]  # FILE\n\
         rt_test_verbose = false  # default\n\
         path = {}  # environment\n\
         # rt_test_group is not set: one of its own",
        serde_json::Value::from(path),
    );
    let told = settings.to_string();
    let shown = told.lines().map(|line| match line.split_once("  # /") {
        Some((what, _)) => format!("{what}  # FILE"),
        None => line.to_owned(),
    });
    assert_eq!(shown.collect::<Vec<_>>().join("\n"), expected);
}

#[test]
fn a_flag_is_above_the_file() {
    let file = "rt_test_database_url = 'file'\nrt_test_max_wait_ms = 500";
    let consumer = consumer(file, &["--database-url", "flag", "--max-wait-ms=5s"]).unwrap();
    assert_eq!(consumer.database_url, "flag");
    assert_eq!(consumer.max_wait_ms, Duration::from_secs(5));
}

#[test]
fn the_environment_is_above_the_file() {
    let consumer = consumer("rt_test_database_url = 'd'\npath = 'file'", &[]).unwrap();
    assert_eq!(consumer.from_environment, std::env::var("PATH").unwrap());
}

#[test]
fn what_the_file_leaves_out_is_still_required() {
    let said = refused(consumer("", &[]));
    assert!(
        said.starts_with("error: the following required arguments"),
        "{said}"
    );
}

#[test]
fn a_key_of_another_subcommand_is_known() {
    consumer("rt_test_database_url = 'd'\nrt_test_server_port = 80", &[]).unwrap();
}

#[test]
fn an_unknown_key_is_named_with_the_nearest() {
    let said = refused(consumer("rt_test_max_wiat_ms = 1", &[]));
    assert_eq!(
        said,
        "error: FILE: unknown key rt_test_max_wiat_ms; did you mean rt_test_max_wait_ms?"
    );
}

#[test]
fn a_key_unlike_any_other_is_named_alone() {
    let said = refused(consumer("zzz = 1", &[]));
    assert_eq!(
        said,
        "error: FILE: unknown key zzz; --help lists the variables it may be"
    );
}

#[test]
fn a_bad_value_is_reported_with_its_file_and_key() {
    let said = refused(consumer("rt_test_max_wait_ms = 'soon'", &[]));
    assert_eq!(
        said,
        "error: FILE: rt_test_max_wait_ms: soon is not valid: \
         use a whole number with ms, s, m, h or d, such as 250ms or 5s"
    );
    let said = refused(consumer("rt_test_server_port = -1", &[]));
    assert_eq!(
        said,
        "error: FILE: rt_test_server_port: -1 is not valid: -1 is not in 0..=65535"
    );
    let said = refused(consumer("rt_test_verbose = 'maybe'", &[]));
    assert!(
        said.starts_with("error: FILE: rt_test_verbose: maybe is not valid"),
        "{said}"
    );
}

#[test]
fn a_table_is_no_value() {
    let said = refused(consumer("[rt_test_database_url]\nhost = 'h'", &[]));
    assert_eq!(
        said,
        "error: FILE: rt_test_database_url must be a plain value or a list of them"
    );
}

#[test]
fn broken_toml_is_reported_with_its_line() {
    let said = refused(consumer("path = 'a'\n= 1", &[]));
    assert!(
        said.starts_with("error: FILE: line 2 is not TOML: "),
        "{said}"
    );
}

#[test]
fn a_missing_file_is_named() {
    let arguments = ["t", "--config", "/absent.toml", "api"]
        .map(OsString::from)
        .to_vec();
    let said = parse_from::<Process>(arguments, None)
        .unwrap_err()
        .to_string();
    let start = "error: cannot read the configuration file /absent.toml: ";
    assert!(said.starts_with(start), "{said}");
}

#[test]
fn the_flag_names_the_file_wherever_it_stands() {
    for arguments in [
        &["t", "--config", "f.toml", "api"][..],
        &["t", "api", "--config=f.toml"],
        &["t", "api", "--config", "f.toml", "--", "--config", "other"],
    ] {
        let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
        assert_eq!(
            named_file(&arguments),
            Some("f.toml".into()),
            "{arguments:?}"
        );
    }
    assert_eq!(
        named_file(&["t".into(), "--".into(), "--config=f".into()]),
        None
    );
}
