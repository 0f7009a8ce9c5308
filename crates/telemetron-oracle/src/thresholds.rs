//! When something is an issue: every number that a rule compares with.

/// When something is an issue.
#[derive(Debug, Clone, Copy, clap::Args)]
#[command(next_help_heading = "Oracle: when something is an issue")]
pub struct Thresholds {
    /// Seconds for which a failure, a loop or a refused record stays an issue
    #[arg(
        long = "oracle-window-seconds",
        env = "ORACLE_WINDOW_SECONDS",
        default_value_t = 600
    )]
    pub window_seconds: u32,

    /// Seconds for which a failed task stays an issue
    #[arg(
        long = "oracle-failed-task-seconds",
        env = "ORACLE_FAILED_TASK_SECONDS",
        default_value_t = 900
    )]
    pub failed_task_seconds: u32,

    /// Seconds of work after which a task is stuck
    #[arg(
        long = "oracle-stuck-task-seconds",
        env = "ORACLE_STUCK_TASK_SECONDS",
        default_value_t = 1800
    )]
    pub stuck_task_seconds: u32,

    /// Seconds that a task of low or normal urgency may wait
    #[arg(
        long = "oracle-waiting-task-seconds",
        env = "ORACLE_WAITING_TASK_SECONDS",
        default_value_t = 1800
    )]
    pub waiting_task_seconds: u32,

    /// Seconds that a task of high urgency may wait
    #[arg(
        long = "oracle-waiting-high-seconds",
        env = "ORACLE_WAITING_HIGH_SECONDS",
        default_value_t = 600
    )]
    pub waiting_high_seconds: u32,

    /// Seconds that a critical task may wait
    #[arg(
        long = "oracle-waiting-critical-seconds",
        env = "ORACLE_WAITING_CRITICAL_SECONDS",
        default_value_t = 60
    )]
    pub waiting_critical_seconds: u32,

    /// Seconds that a task may wait for another one that moves
    #[arg(
        long = "oracle-blocked-task-seconds",
        env = "ORACLE_BLOCKED_TASK_SECONDS",
        default_value_t = 600
    )]
    pub blocked_task_seconds: u32,

    /// Seconds without a heartbeat after which a registered agent is silent
    #[arg(
        long = "oracle-silent-agent-seconds",
        env = "ORACLE_SILENT_AGENT_SECONDS",
        default_value_t = 90
    )]
    pub silent_agent_seconds: u32,

    /// How many times the 99th percentile of its operation a span may run
    #[arg(
        long = "oracle-stuck-span-factor",
        env = "ORACLE_STUCK_SPAN_FACTOR",
        default_value_t = 10.0
    )]
    pub stuck_span_factor: f64,

    /// Seconds that any span may run
    #[arg(
        long = "oracle-stuck-span-seconds",
        env = "ORACLE_STUCK_SPAN_SECONDS",
        default_value_t = 300
    )]
    pub stuck_span_seconds: u32,

    /// Seconds that a span may run whose operation never ended before
    #[arg(
        long = "oracle-stuck-span-unknown-seconds",
        env = "ORACLE_STUCK_SPAN_UNKNOWN_SECONDS",
        default_value_t = 1800
    )]
    pub stuck_span_unknown_seconds: u32,

    /// Seconds of silence after which agents that wait for each other are deadlocked
    #[arg(
        long = "oracle-deadlock-seconds",
        env = "ORACLE_DEADLOCK_SECONDS",
        default_value_t = 60
    )]
    pub deadlock_seconds: u32,

    /// Seconds of silence after which a parent that did not come is missing
    #[arg(
        long = "oracle-orphan-seconds",
        env = "ORACLE_ORPHAN_SECONDS",
        default_value_t = 60
    )]
    pub orphan_seconds: u32,

    /// Seconds that a pod may be pending
    #[arg(
        long = "oracle-pod-pending-seconds",
        env = "ORACLE_POD_PENDING_SECONDS",
        default_value_t = 120
    )]
    pub pod_pending_seconds: u32,

    /// Seconds that a pod may run and not be ready
    #[arg(
        long = "oracle-pod-ready-seconds",
        env = "ORACLE_POD_READY_SECONDS",
        default_value_t = 600
    )]
    pub pod_ready_seconds: u32,

    /// Seconds for which a pod that failed stays an issue
    #[arg(
        long = "oracle-pod-failed-seconds",
        env = "ORACLE_POD_FAILED_SECONDS",
        default_value_t = 3600
    )]
    pub pod_failed_seconds: u32,

    /// Restarts after which a pod that keeps ending is in a crash loop
    #[arg(
        long = "oracle-crash-loop-restarts",
        env = "ORACLE_CRASH_LOOP_RESTARTS",
        default_value_t = 3
    )]
    pub crash_loop_restarts: u32,

    /// Seconds for which a kill for memory stays an issue
    #[arg(
        long = "oracle-oom-seconds",
        env = "ORACLE_OOM_SECONDS",
        default_value_t = 3600
    )]
    pub oom_seconds: u32,

    /// Share of a limit of tokens or requests at which a model is near it
    #[arg(
        long = "oracle-model-limit-share",
        env = "ORACLE_MODEL_LIMIT_SHARE",
        default_value_t = 0.9
    )]
    pub model_limit_share: f64,

    /// Share of a context window at which it is nearly full
    #[arg(
        long = "oracle-context-share",
        env = "ORACLE_CONTEXT_SHARE",
        default_value_t = 0.9
    )]
    pub context_share: f64,

    /// Rounds to and fro between two agents that are a loop
    #[arg(
        long = "oracle-handoff-loop-rounds",
        env = "ORACLE_HANDOFF_LOOP_ROUNDS",
        default_value_t = 3
    )]
    pub handoff_loop_rounds: u32,

    /// Calls of one tool with the same arguments that are a loop
    #[arg(
        long = "oracle-tool-loop-calls",
        env = "ORACLE_TOOL_LOOP_CALLS",
        default_value_t = 5
    )]
    pub tool_loop_calls: u32,

    /// Attempts after which retries are exhausted, when nobody says so
    #[arg(
        long = "oracle-retry-attempts",
        env = "ORACLE_RETRY_ATTEMPTS",
        default_value_t = 5
    )]
    pub retry_attempts: u32,

    /// Fewest calls from which a rate or a percentile is taken
    #[arg(
        long = "oracle-jump-calls",
        env = "ORACLE_JUMP_CALLS",
        default_value_t = 20
    )]
    pub jump_calls: u32,

    /// Share of failures from which a jump is one
    #[arg(
        long = "oracle-error-rate-share",
        env = "ORACLE_ERROR_RATE_SHARE",
        default_value_t = 0.2
    )]
    pub error_rate_share: f64,

    /// How many times the share of before is a jump
    #[arg(
        long = "oracle-error-rate-factor",
        env = "ORACLE_ERROR_RATE_FACTOR",
        default_value_t = 3.0
    )]
    pub error_rate_factor: f64,

    /// How many times the 95th percentile of before is a jump
    #[arg(
        long = "oracle-latency-factor",
        env = "ORACLE_LATENCY_FACTOR",
        default_value_t = 3.0
    )]
    pub latency_factor: f64,

    /// How many times the cost of before, a minute and a request, is a jump
    #[arg(
        long = "oracle-cost-factor",
        env = "ORACLE_COST_FACTOR",
        default_value_t = 3.0
    )]
    pub cost_factor: f64,

    /// Dollars in the window from which a jump of cost is one
    #[arg(
        long = "oracle-cost-usd",
        env = "ORACLE_COST_USD",
        default_value_t = 1.0
    )]
    pub cost_usd: f64,

    /// Seconds that a record may wait to be stored
    #[arg(
        long = "oracle-ingestion-lag-seconds",
        env = "ORACLE_INGESTION_LAG_SECONDS",
        default_value_t = 30
    )]
    pub ingestion_lag_seconds: u32,

    /// Records of a task topic that may wait
    #[arg(
        long = "oracle-consumer-lag-records",
        env = "ORACLE_CONSUMER_LAG_RECORDS",
        default_value_t = 1000
    )]
    pub consumer_lag_records: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            window_seconds: 600,
            failed_task_seconds: 900,
            stuck_task_seconds: 1800,
            waiting_task_seconds: 1800,
            waiting_high_seconds: 600,
            waiting_critical_seconds: 60,
            blocked_task_seconds: 600,
            silent_agent_seconds: 90,
            stuck_span_factor: 10.0,
            stuck_span_seconds: 300,
            stuck_span_unknown_seconds: 1800,
            deadlock_seconds: 60,
            orphan_seconds: 60,
            pod_pending_seconds: 120,
            pod_ready_seconds: 600,
            pod_failed_seconds: 3600,
            crash_loop_restarts: 3,
            oom_seconds: 3600,
            model_limit_share: 0.9,
            context_share: 0.9,
            handoff_loop_rounds: 3,
            tool_loop_calls: 5,
            retry_attempts: 5,
            jump_calls: 20,
            error_rate_share: 0.2,
            error_rate_factor: 3.0,
            latency_factor: 3.0,
            cost_factor: 3.0,
            cost_usd: 1.0,
            ingestion_lag_seconds: 30,
            consumer_lag_records: 1000,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        thresholds: Thresholds,
    }

    #[test]
    fn the_defaults_of_the_command_line_are_those_of_the_type() {
        let line = Line::parse_from(["test"]);
        let told = format!("{:?}", line.thresholds);
        assert_eq!(told, format!("{:?}", Thresholds::default()));
    }
}
