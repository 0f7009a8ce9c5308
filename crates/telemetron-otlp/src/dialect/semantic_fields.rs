//! What a dialect understood of a span.

use telemetron_model::NanoUsd;
use telemetron_model::RawJson;
use telemetron_model::record::{ErrorInfo, HandoffMode, SpanKind, TokenUsage};

/// What a span says in our words. What it does not say is absent; what is the same in every dialect
/// (ids, times, resource, raw attributes) is not here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SemanticFields {
    /// The dialects it speaks, the one that decided first.
    pub dialects: Vec<&'static str>,
    /// The rules that decided, as `field:rule`, for those that have several.
    pub rules: Vec<&'static str>,
    /// What it is; the table of precedence always finds something.
    pub kind: Option<SpanKind>,
    /// Id of the agent at work.
    pub agent_id: Option<String>,
    /// Name of the agent at work.
    pub agent_name: Option<String>,
    /// Id of the agent that started the one at work.
    pub parent_agent_id: Option<String>,
    /// The conversation.
    pub session_id: Option<String>,
    /// The user on whose behalf it runs.
    pub user_id: Option<String>,
    /// The project whose telemetry this is.
    pub project: Option<String>,
    /// The model: that which answered, else that which was asked for.
    pub model: Option<String>,
    /// The model that was asked for.
    pub requested_model: Option<String>,
    /// Who serves it, in the words of OpenTelemetry.
    pub provider: Option<String>,
    /// Parameters of the call, as an object.
    pub parameters: Option<RawJson>,
    /// Nanoseconds to the first token.
    pub time_to_first_token_ns: Option<i64>,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// The tool.
    pub tool_name: Option<String>,
    /// The model's id for the call of the tool.
    pub tool_call_id: Option<String>,
    /// What went in.
    pub input: Option<RawJson>,
    /// What came out.
    pub output: Option<RawJson>,
    /// Tokens, input with what was cached, output with what was reasoned.
    pub usage: Option<TokenUsage>,
    /// Whether that is what the calls of an agent add up to, which its instrumentation tells no
    /// otherwise.
    pub adds_up: bool,
    /// Tokens of the input that were written to a cache; they have a price of their own.
    pub cache_written: i64,
    /// Of these, the tokens that are kept for an hour.
    pub cache_written_hour: i64,
    /// How it was served, where not as most are: `flex`, `priority`, `batch`.
    pub service_tier: Option<String>,
    /// What it says it cost.
    pub cost: Option<NanoUsd>,
    /// Why it failed, where attributes say so; status and events of the span are read elsewhere.
    pub error: Option<ErrorInfo>,
    /// Whether an attribute says that it failed.
    pub failed: bool,
    /// Work that it passes on, as far as this span tells.
    pub handoff: Option<HandoffHint>,
    /// A start that was announced: the span with these ids is running.
    pub pending: Option<Pending>,
}

impl SemanticFields {
    /// Takes what another dialect knows of the parts of the same counts: one that tells of a call how
    /// many tokens went in and came out may not tell what of them was cached or reasoned.
    fn detail(&mut self, other: &Self) {
        let (Some(mine), Some(theirs)) = (&mut self.usage, &other.usage) else {
            return;
        };
        if (mine.input, mine.output) == (theirs.input, theirs.output) {
            mine.cached = mine.cached.max(theirs.cached);
            mine.reasoning = mine.reasoning.max(theirs.reasoning);
            self.cache_written = self.cache_written.max(other.cache_written);
            self.cache_written_hour = self.cache_written_hour.max(other.cache_written_hour);
        }
    }

    /// Takes from another dialect what this one did not say.
    ///
    /// A field comes whole from one dialect (tokens above all: their parts mean different things in
    /// different dialects), and its rule comes with it.
    pub(super) fn fill(&mut self, other: Self) {
        self.detail(&other);
        let before = self.rules.len();
        let mut taken = Vec::with_capacity(16);
        let Self {
            dialects,
            rules,
            failed,
            adds_up,
            cache_written,
            cache_written_hour,
            ..
        } = other;
        macro_rules! take {
            ($($field:ident)+) => {$(
                if self.$field.is_none() && other.$field.is_some() {
                    self.$field = other.$field;
                    taken.push(stringify!($field));
                }
            )+};
        }
        take! {
            kind agent_id agent_name parent_agent_id session_id user_id project model
            requested_model provider parameters time_to_first_token_ns finish_reason tool_name
            tool_call_id input output usage cost error handoff pending service_tier
        }
        if taken.contains(&"usage") {
            self.cache_written = cache_written;
            self.cache_written_hour = cache_written_hour;
        }
        self.failed |= failed;
        self.adds_up |= adds_up;
        self.dialects.extend(dialects);
        if rules.is_empty() {
            return;
        }
        self.rules.extend(rules);
        let mut position = 0;
        self.rules.retain(|rule| {
            position += 1;
            let field = rule.split(':').next().unwrap_or_default();
            position <= before || field == "failed" || taken.contains(&field)
        });
    }
}

/// Work passed on, as one span tells it (the ladder of handoffs).
#[derive(Debug, Clone, PartialEq)]
pub struct HandoffHint {
    /// Which rung of the ladder recognised it: a word of [`HandoffRule`].
    ///
    /// [`HandoffRule`]: telemetron_model::record::HandoffRule
    pub rule: &'static str,
    /// What it was recognised by, as a rule of the reading.
    pub evidence: &'static str,
    /// Who passes it on; when nobody says, the agent at work in the span.
    pub source: Option<String>,
    /// Who takes it.
    pub target: String,
    /// Why.
    pub reason: Option<String>,
    /// Whether the source expects the work back.
    pub mode: Option<HandoffMode>,
    /// What was passed along.
    pub context: Option<RawJson>,
}

/// A start announced by a span of its own (Logfire).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Id of the span that has begun: eight bytes.
    pub span_id: Vec<u8>,
    /// Its parent; none at a root.
    pub parent_span_id: Option<Vec<u8>>,
}
