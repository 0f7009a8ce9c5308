//! The program as the pods run it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_telemetron-demo");
    Command::new(program).args(arguments).output().unwrap()
}

#[test]
fn its_help_names_what_the_pods_run() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    for command in ["simple", "full", "agent", "front-desk", "kill"] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
    }
}

#[test]
fn without_a_language_model_it_says_what_to_do() {
    let full = run(&["full", "--llm-url", "http://127.0.0.1:1"]);
    assert_eq!(full.status.code(), Some(1));
    let said = String::from_utf8(full.stderr).unwrap();
    let wanted = "no language model answers at http://127.0.0.1:1; start Ollama";
    assert!(said.contains(wanted), "{said}");
}
