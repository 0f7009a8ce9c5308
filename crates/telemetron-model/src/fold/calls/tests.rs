//! Which of the spans of small trees count.

use super::*;

type Tree<'s> = HashMap<u8, Node<'s, u8>>;

fn call(total: i64, scope: &'static str, from: i64, until: i64) -> Role<'static> {
    Role::Call(Call {
        usage: TokenUsage::new(total, 0),
        start: Timestamp::from_nanos(from),
        end: Some(Timestamp::from_nanos(until)),
        scope: Some(scope),
        answer: None,
    })
}

fn llm(total: i64) -> Role<'static> {
    call(total, "one", 0, 9)
}

fn tree<'s>(nodes: &[(u8, u8, Role<'s>)]) -> Tree<'s> {
    let node = |(key, parent, role): &(u8, u8, Role<'s>)| {
        let parent = (*parent > 0).then_some(*parent);
        let role = role.clone();
        (*key, Node { parent, role })
    };
    nodes.iter().map(node).collect()
}

/// The spans that count, in order.
fn counting(nodes: &[(u8, u8, Role<'_>)]) -> Vec<u8> {
    let tree = tree(nodes);
    let node = |key: u8| tree.get(&key).cloned();
    let calls = Calls::of(tree.keys().copied(), node);
    let mut keys: Vec<_> = tree
        .iter()
        .filter(|(_, node)| !matches!(node.role, Role::Agent | Role::Step))
        .map(|(key, _)| *key)
        .filter(|key| calls.counts(*key, node))
        .collect();
    keys.sort_unstable();
    keys
}

#[test]
fn of_a_wrapper_and_its_call_the_inner_counts() {
    let wrapped = [
        (1, 0, Role::Agent),
        (2, 1, llm(130)),
        (3, 2, Role::Step),
        (4, 3, llm(130)),
    ];
    assert_eq!(counting(&wrapped), [4]);
}

#[test]
fn a_wrapper_with_tokens_counts_where_what_it_wraps_has_none() {
    assert_eq!(counting(&[(1, 0, llm(130)), (2, 1, llm(0))]), [1]);
    // Neither has: the call itself is counted once all the same.
    assert_eq!(counting(&[(1, 0, llm(0)), (2, 1, llm(0))]), [2]);
}

#[test]
fn an_attempt_that_failed_beside_one_with_tokens_is_a_call_too() {
    let attempts = [(1, 0, llm(130)), (2, 1, llm(0)), (3, 1, llm(130))];
    assert_eq!(counting(&attempts), [2, 3]);
}

#[test]
fn below_a_tool_or_an_agent_stands_a_call_of_its_own() {
    for between in [Role::Tool("ask"), Role::Agent] {
        let nodes = [(1, 0, llm(100)), (2, 1, between), (3, 2, llm(50))];
        let counting = counting(&nodes);
        assert!(counting.contains(&1) && counting.contains(&3));
    }
}

#[test]
fn a_call_that_two_instrumentations_tell_counts_once() {
    let told = |scope| {
        [
            (1, 0, Role::Agent),
            (2, 1, call(164, "anthropic", 10, 90)),
            (3, 1, call(164, scope, 20, 80)),
        ]
    };
    assert_eq!(counting(&told("openinference")), [3]);
    assert_eq!(counting(&told("anthropic")), [2, 3]);
}

#[test]
fn a_call_that_failed_and_is_told_twice_counts_once() {
    let told = |until| {
        [
            (1, 0, Role::Agent),
            (2, 1, call(0, "anthropic", 10, 90)),
            (3, 1, call(0, "openinference", 20, until)),
        ]
    };
    assert_eq!(counting(&told(80)), [3]);
    // One that lasted longer was another call.
    assert_eq!(counting(&told(99)), [2, 3]);
}

#[test]
fn a_call_whose_answer_two_tell_counts_once_although_one_miscounts() {
    let told = |answer, total, scope, from, until| match call(total, scope, from, until) {
        Role::Call(call) => Role::Call(Call {
            answer: Some(answer),
            ..call
        }),
        role => role,
    };
    let same = [
        (1, 0, Role::Agent),
        (2, 1, told("msg_1", 147, "openllmetry", 10, 90)),
        (3, 1, told("msg_1", 146, "anthropic", 20, 80)),
        (4, 1, told("msg_2", 146, "openllmetry", 100, 190)),
    ];
    assert_eq!(counting(&same), [3, 4]);
}

#[test]
fn of_two_that_took_equally_long_one_counts() {
    let told = [
        (1, 0, Role::Step),
        (2, 1, call(164, "b", 10, 90)),
        (3, 1, call(164, "a", 10, 90)),
    ];
    assert_eq!(counting(&told), [2]);
}

#[test]
fn what_the_calls_of_an_agent_add_up_to_counts_where_nobody_tells_them() {
    let alone = [
        (1, 0, Role::Sum),
        (2, 1, Role::Tool("ask")),
        (3, 2, llm(50)),
        (4, 2, Role::Sum),
    ];
    assert_eq!(counting(&alone), [1, 2, 3, 4], "a tool's calls are its own");
    let told = [
        (1, 0, Role::Sum),
        (2, 1, Role::Step),
        (3, 2, llm(130)),
        (4, 1, Role::Agent),
        (5, 4, Role::Sum),
    ];
    assert_eq!(counting(&told), [3, 5]);
    assert_eq!(counting(&[(1, 0, Role::Sum), (2, 1, llm(0))]), [1, 2]);
}

#[test]
fn a_tool_that_is_told_twice_counts_once() {
    let twice = [
        (1, 0, Role::Tool("lookup")),
        (2, 1, Role::Step),
        (3, 2, Role::Tool("lookup")),
        (4, 3, Role::Tool("other")),
    ];
    assert_eq!(counting(&twice), [1, 4]);
}

#[test]
fn spans_on_a_cycle_count_and_the_walk_ends() {
    let cycle = [(1, 2, llm(9)), (2, 1, llm(9)), (3, 1, llm(9))];
    assert_eq!(counting(&cycle), [1, 2, 3]);
}

#[test]
fn a_parent_that_has_not_come_yet_covers_nothing() {
    assert_eq!(counting(&[(4, 3, llm(9))]), [4]);
}
