//! What is the matter with a cluster, in a sentence: what it says itself, or why it says nothing.

use std::io;

use kube::config::KubeconfigError;
use kube::core::Status;
use kube::runtime::watcher;

use crate::Error;

/// Why it is not known where the cluster is: nobody says so, or what says so cannot be read.
pub(super) fn of_config(error: &KubeconfigError) -> Error {
    let no_kubeconfig = match error {
        KubeconfigError::FindPath | KubeconfigError::CurrentContextNotSet => true,
        // A file that somebody named is missed; the usual one need not be there.
        KubeconfigError::ReadConfig(cause, path) => {
            cause.kind() == io::ErrorKind::NotFound && path.ends_with(".kube/config")
        }
        _ => false,
    };
    match no_kubeconfig {
        true => Error::Off(
            "there is no cluster: we run in none, and there is no kubeconfig (KUBECONFIG)".into(),
        ),
        false => Error::Absent(error.to_string()),
    }
}

/// Why a question was not answered.
pub(super) fn of(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => refusal(status),
        other => {
            let mut cause: &dyn std::error::Error = other;
            while let Some(deeper) = cause.source() {
                cause = deeper;
            }
            format!("the cluster does not answer: {cause}")
        }
    }
}

/// Why a watch broke.
pub(super) fn of_watch(error: &watcher::Error) -> String {
    match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => of(error),
        watcher::Error::WatchError(status) => refusal(status),
        watcher::Error::NoResourceVersion => error.to_string(),
    }
}

/// What the cluster says; where it forbids all namespaces, one may be allowed.
fn refusal(status: &Status) -> String {
    let said = match status.message.trim() {
        "" | "Unauthorized" => format!("the cluster answers {} {}", status.code, status.reason),
        message => message.to_owned(),
    };
    if status.is_forbidden() && said.contains("at the cluster scope") {
        return format!("{said} (ORACLE_NAMESPACE limits the question to one namespace)");
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missed(path: &str) -> KubeconfigError {
        KubeconfigError::ReadConfig(io::ErrorKind::NotFound.into(), path.into())
    }

    #[test]
    fn no_kubeconfig_is_no_fault_unless_somebody_named_one() {
        let usual = of_config(&missed("/home/me/.kube/config"));
        assert!(matches!(usual, Error::Off(_)), "{usual}");
        let named = of_config(&missed("/etc/cluster.yaml"));
        assert!(matches!(named, Error::Absent(_)), "{named}");
        assert!(named.to_string().contains("/etc/cluster.yaml"), "{named}");
    }

    fn refused(message: &str) -> kube::Error {
        let status = Status {
            code: 403,
            reason: "Forbidden".to_owned(),
            message: message.to_owned(),
            ..Status::default()
        };
        kube::Error::Api(Box::new(status))
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_cluster_with_what_would_help() {
        let one = r#"pods is forbidden: User "me" cannot list resource "pods" in API group "" in the namespace "a""#;
        assert_eq!(of(&refused(one)), one);
        let all = of(&refused("pods is forbidden at the cluster scope"));
        assert!(
            all.ends_with("(ORACLE_NAMESPACE limits the question to one namespace)"),
            "{all}"
        );
        assert_eq!(of(&refused("")), "the cluster answers 403 Forbidden");
    }
}
