//! Every call counts once: its tokens, its cost and itself.
//!
//! One call of a model is told by several spans: a framework's, that of the client's library, that
//! of an instrumentation beside it, a record of what was used. The one nearest the wire is counted,
//! since it has the numbers as the server sent them; a wrapper that repeats or sums them is not. So
//! an LLM span counts unless an LLM span with tokens stands below it. Between two calls stands a
//! tool or an agent: what is below those belongs to a call of its own.
//!
//! ```text
//!  AGENT ─ LLM (wrapper, 130 tokens) ─ step ─ LLM (130 tokens)   the inner counts
//!        └ LLM (120 tokens) ─ TOOL ─ AGENT ─ LLM (50 tokens)     both count
//!        └ LLM (of one instrumentation) · LLM (of another)       the shorter counts
//! ```
//!
//! An instrumentation that tells no calls of models may tell what those of an agent add up to. That
//! counts unless a call with tokens stands in the agent: then another one tells them.
//!
//! A tool that is told twice, by whoever calls it and by whoever runs it, counts as its outer span.
//! Walks end after [`MAX_DEPTH`] levels. Parents that form a cycle, or do not end, cannot be believed:
//! the spans below them count.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use crate::record::{SpanKind, TokenUsage};
use crate::time::Timestamp;

/// How many levels the rules look up. Real wrappers stand next to what they wrap.
pub const MAX_DEPTH: usize = 256;

/// How many calls with the same tokens, by their start, each is compared with.
const MAX_BESIDE: usize = 16;

/// What the rules need to know of a span; `K` is the key of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node<'s, K> {
    /// Its parent.
    pub parent: Option<K>,
    /// What it is to them.
    pub role: Role<'s>,
}

/// What a span is to the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role<'s> {
    /// A call of a model.
    Call(Call<'s>),
    /// A call of a tool, by its name.
    Tool(&'s str),
    /// Work of an agent.
    Agent,
    /// Work of an agent that tells what its calls of models add up to.
    Sum,
    /// Anything else; calls of models without spans of their own may be in it.
    Step,
}

/// A call of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call<'s> {
    /// Its tokens.
    pub usage: TokenUsage,
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Option<Timestamp>,
    /// The instrumentation that tells of it, where it names itself.
    pub scope: Option<&'s str>,
    /// The id of the answer, as the server gave it.
    pub answer: Option<&'s str>,
}

impl<'s> Role<'s> {
    /// What a span of a kind is; `call` and `tool` are asked where they matter.
    pub fn of(kind: SpanKind, call: impl FnOnce() -> Call<'s>, tool: Option<&'s str>) -> Self {
        match kind {
            SpanKind::Llm => Self::Call(call()),
            SpanKind::Tool => Self::Tool(tool.unwrap_or_default()),
            // Of an agent only whoever adds up its calls is told.
            SpanKind::Agent if call().scope.is_some() => Self::Sum,
            SpanKind::Agent => Self::Agent,
            _ => Self::Step,
        }
    }

    /// Whether what is below it belongs to calls of its own.
    const fn parts(&self) -> bool {
        matches!(self, Self::Tool(_) | Self::Agent | Self::Sum)
    }
}

impl Call<'_> {
    const fn carries(&self) -> bool {
        self.usage.total > 0
    }

    /// Whether another span beside it tells the same call: another instrumentation, the same
    /// tokens (none, of a call that failed) or the same answer, and no longer than this one. Of two
    /// that took equally long the greater key yields.
    fn repeats<K: Ord>(&self, key: K, other: &Self, other_key: K) -> bool {
        let counted = (self.usage.input, self.usage.output);
        let answered = self.answer.is_some() && self.answer == other.answer;
        let same = answered || counted == (other.usage.input, other.usage.output);
        let apart = matches!((self.scope, other.scope), (Some(one), Some(other)) if one != other);
        let (Some(end), Some(other_end)) = (self.end, other.end) else {
            return false;
        };
        let inside = self.start <= other.start && other_end <= end;
        let equal = (self.start, end) == (other.start, other_end);
        same && apart && inside && (!equal || key > other_key)
    }
}

/// What stands below the calls and tools of some spans: enough to say which of them count.
#[derive(Debug)]
pub struct Calls<K> {
    /// Calls with other calls below them, and whether any of those has tokens.
    wrappers: HashMap<K, bool>,
    /// Calls that one beside them tells better.
    repeated: HashSet<K>,
    /// Agents in which calls with tokens stand, of those that tell what theirs add up to.
    summed: HashSet<K>,
}

impl<K: Copy + Ord + Hash> Calls<K> {
    /// Looks through spans; `node` finds any of them, and those above them, by key.
    pub fn of<'s>(
        spans: impl IntoIterator<Item = K>,
        node: impl Fn(K) -> Option<Node<'s, K>>,
    ) -> Self {
        let mut calls = Self {
            wrappers: HashMap::new(),
            repeated: HashSet::new(),
            summed: HashSet::new(),
        };
        let mut beside: HashMap<K, Vec<(K, Call<'s>)>> = HashMap::new();
        for key in spans {
            let Some(Node {
                parent,
                role: Role::Call(call),
            }) = node(key)
            else {
                continue;
            };
            if let Some(Above { wrapping, sum }) = calls_above(key, &node) {
                for (above, _) in wrapping {
                    *calls.wrappers.entry(above).or_default() |= call.carries();
                }
                calls.summed.extend(sum.filter(|_| call.carries()));
            }
            if let Some(parent) = parent {
                beside.entry(parent).or_default().push((key, call));
            }
        }
        beside
            .into_values()
            .for_each(|beside| calls.compare(&beside));
        calls
    }

    /// Finds those that one beside them tells better, among calls below one parent.
    fn compare(&mut self, beside: &[(K, Call<'_>)]) {
        let mut alike: HashMap<_, Vec<&(K, Call<'_>)>> = HashMap::new();
        let mut answers: HashMap<_, Vec<&(K, Call<'_>)>> = HashMap::new();
        for told in beside {
            let usage = told.1.usage;
            let same = alike.entry((usage.input, usage.output)).or_default();
            same.push(told);
            if let Some(answer) = told.1.answer {
                answers.entry(answer).or_default().push(told);
            }
        }
        let groups = alike.into_values().chain(answers.into_values());
        for mut told in groups.filter(|told| told.len() > 1) {
            told.sort_unstable_by_key(|(key, call)| (call.start, *key));
            for (place, (key, call)) in told.iter().enumerate() {
                // A second telling of a call begins with it: there is no need to look far.
                for (other_key, other) in told.iter().skip(place + 1).take(MAX_BESIDE) {
                    if call.repeats(*key, other, *other_key) {
                        self.repeated.insert(*key);
                    } else if other.repeats(*other_key, call, *key) {
                        self.repeated.insert(*other_key);
                    }
                }
            }
        }
    }

    /// Whether a span counts: a call of a model or of a tool that no other span tells better, or
    /// calls without spans of their own in no call that has tokens.
    pub fn counts<'s>(&self, key: K, node: impl Fn(K) -> Option<Node<'s, K>>) -> bool {
        let Some(Node { role, .. }) = node(key) else {
            return true;
        };
        match role {
            Role::Agent => true,
            Role::Sum => !self.summed.contains(&key),
            Role::Tool(name) => !is_inner(key, name, &node),
            Role::Call(_) if self.repeated.contains(&key) => false,
            Role::Call(call) if call.carries() => self.wrappers.get(&key) != Some(&true),
            Role::Call(_) => !self.wrappers.contains_key(&key) && !self.is_covered(key, &node),
            Role::Step => !self.is_covered(key, &node),
        }
    }

    /// Whether a call with tokens stands above, which has them from nothing below it.
    fn is_covered<'s>(&self, key: K, node: &impl Fn(K) -> Option<Node<'s, K>>) -> bool {
        let above = calls_above(key, node).map(|above| above.wrapping);
        let mut above = above.into_iter().flatten();
        above.any(|(above, carries)| carries && self.wrappers.get(&above) != Some(&true))
    }
}

/// What is above a span up to the next tool or agent.
struct Above<K> {
    /// Calls, and whether each has tokens.
    wrapping: Vec<(K, bool)>,
    /// That agent, where it tells what its calls add up to.
    sum: Option<K>,
}

/// What is above a span; none when the way up leads into a cycle, or does not end.
fn calls_above<'s, K: Copy + Eq>(
    key: K,
    node: &impl Fn(K) -> Option<Node<'s, K>>,
) -> Option<Above<K>> {
    let mut wrapping = Vec::new();
    let mut above = node(key).and_then(|node| node.parent);
    for _ in 0..MAX_DEPTH {
        let found = above.map(|at| (at, node(at)));
        let Some((at, Some(Node { parent, role }))) = found else {
            let sum = None;
            return Some(Above { wrapping, sum });
        };
        if at == key {
            return None;
        }
        if role.parts() {
            let sum = (role == Role::Sum).then_some(at);
            return Some(Above { wrapping, sum });
        }
        if let Role::Call(call) = role {
            wrapping.push((at, call.carries()));
        }
        above = parent;
    }
    None
}

/// Whether the next tool, call or agent above a tool is the same tool: it was told already.
fn is_inner<'s, K: Copy + Eq>(
    key: K,
    name: &str,
    node: &impl Fn(K) -> Option<Node<'s, K>>,
) -> bool {
    let mut above = node(key).and_then(|node| node.parent);
    let mut told = false;
    for _ in 0..MAX_DEPTH {
        let Some(at) = above else { break };
        if at == key {
            return false;
        }
        let Some(Node { parent, role }) = node(at) else {
            break;
        };
        match role {
            Role::Step => above = parent,
            Role::Tool(outer) => {
                told = !name.is_empty() && outer == name;
                break;
            }
            Role::Call(_) | Role::Agent | Role::Sum => break,
        }
    }
    told
}

#[cfg(test)]
mod tests;
