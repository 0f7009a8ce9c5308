"""What is compared: each field of an expectation, with what is wrong about it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from .seen import RETRIEVER, Failure, Seen, ToolCall, text

Wanted = dict[str, Any]
# What is wrong, in a sentence; nothing when it is right; None when nothing was asked.
Verdict = str | None
Check = Callable[[Wanted, Seen], Verdict]


def _traces(wanted: Wanted, seen: Seen) -> Verdict:
    asked = wanted.get("prompts", wanted.get("traces"))
    if isinstance(asked, str):
        # "1 run (+2 of building the index)", "one per call (no parent): 4"
        most = sum(int(number) for number in re.findall(r"\d+", asked))
        return "" if 1 <= len(seen.traces) <= most else _unequal(asked, len(seen.traces))
    return _equal(asked, len(seen.traces))


def _status(wanted: Wanted, seen: Seen) -> Verdict:
    if wanted.get("status", "mixed") == "mixed":
        return None
    return _equal({wanted["status"]}, seen.said("status"))


def _open(wanted: Wanted, seen: Seen) -> Verdict:
    return _equal(wanted.get("open_spans", 0), seen.count("running_spans"))


def _agents(wanted: Wanted, seen: Seen) -> Verdict:
    if "agents" not in wanted:
        return None
    allowed = set(wanted.get("agents_allowed", []))
    return _equal(set(wanted["agents"]), seen.agents - (allowed - set(wanted["agents"])))


def _invocations(wanted: Wanted, seen: Seen) -> Verdict:
    if "invocations" not in wanted:
        return None
    found = {name: seen.invocations[name] for name in wanted["invocations"]}
    return _equal(wanted["invocations"], found)


def _handoffs(wanted: Wanted, seen: Seen) -> Verdict:
    if "handoffs" not in wanted:
        return None
    modes = ["transfer"] if "llm" in wanted or "delegations" in wanted else []
    may = _pairs(wanted.get("returns", [])) + _pairs(wanted.get("handoffs_allowed", []))
    return _told(_pairs(wanted["handoffs"]), seen.handed(*modes), may)


def _delegations(wanted: Wanted, seen: Seen) -> Verdict:
    if "delegations" not in wanted:
        return None
    each = wanted.get("delegations_each", 1)
    return _told(_pairs(wanted["delegations"]) * each, seen.handed("delegate"), [])


def _edges(_: Wanted, seen: Seen) -> Verdict:
    doubled = seen.double_edges
    return f"two edges for {doubled}" if doubled else ""


def _tools(wanted: Wanted, seen: Seen) -> Verdict:
    if "tools" not in wanted:
        return None
    calls = seen.tools()
    if isinstance(wanted["tools"], dict):
        named = [call for call in calls if call.name in wanted["tools"] or not call.passes_on]
        counts = Counter(call.name for call in named)
        failed = Counter(call.name for call in named if call.failed)
        return _equal(wanted["tools"], {name: [counts[name], failed[name]] for name in counts})
    left, missing = list(calls), []
    for name, arguments, result in wanted["tools"]:
        like = [call for call in left if _is_call(call, name, arguments, result)]
        if like:
            left.remove(like[0])
        else:
            missing.append([name, arguments, result])
    left = [(call.name, call.given, call.got[:80]) for call in left if not call.passes_on]
    tellings = [f"not found {missing}"] if missing else []
    tellings += [f"too many {left}"] if left else []
    return "; ".join(tellings)[:600]


def _is_call(call: ToolCall, name: str, arguments: Any, result: Any) -> bool:
    if call.name not in name.split("|"):
        return False
    if arguments is not None and not _holds(call.given, arguments):
        return False
    return result is None or result in call.got


def _holds(given: str, arguments: Any) -> bool:
    try:
        return json.loads(given) == arguments
    except ValueError:
        return given == text(arguments)


def _retrievers(wanted: Wanted, seen: Seen) -> Verdict:
    if "retrievers" not in wanted:
        return None
    found = {name.split()[-1] for name in seen.names(RETRIEVER)}
    return _equal(set(wanted["retrievers"]), found)


def _errors(wanted: Wanted, seen: Seen) -> Verdict:
    failures = seen.failures
    missing = []
    for error in wanted.get("errors") or []:
        name, words, classes = error if isinstance(error, list) else (None, error, None)
        if not any(_is_error(failure, name, words, classes) for failure in failures):
            missing.append(error)
    strange = [
        words
        for words in wanted.get("not_errors", [])
        for _, said, _ in failures
        if words.split()[0] in said
    ]
    tellings = [f"not found {missing} in {failures}"] if missing else []
    tellings += [f"no failure: {sorted(set(strange))}"] if strange else []
    went_well = wanted.get("errors") == [] and wanted.get("status", "COMPLETED") == "COMPLETED"
    if went_well and failures:
        tellings.append(f"nothing failed, but {failures}")
    return "; ".join(tellings)[:900]


def _cause(wanted: Wanted, seen: Seen) -> Verdict:
    tellings = []
    for told in seen.diagnoses:
        verdict, causes = told["verdict"], told["causes"]
        torn = verdict.startswith(("The trace failed although", "The trace completed, "))
        outranked = told["chain"] and causes and causes[0]["kind"] == "system"
        blamed = told["status"] == "COMPLETED" and not told["chain"] and causes
        if torn or outranked or blamed:
            tellings.append(verdict)
    errors = wanted.get("errors")
    if errors is None:
        return "; ".join(tellings)[:600] if tellings else None
    for origin in seen.origins:
        known = (error if isinstance(error, list) else (None, error, None) for error in errors)
        if not any(_is_error(origin, *error) for error in known):
            tellings.append(f"began at {origin}, wanted one of {errors}")
    if errors and not seen.origins:
        tellings.append(f"nothing began, wanted one of {errors}")
    return "; ".join(tellings)[:900]


def _is_error(failure: Failure, name: str | None, words: str, classes: str | None) -> bool:
    names, said, category = failure
    if classes and category not in classes.split("|"):
        return False
    if name and not any(part in known for part in name.split("|") for known in names):
        return False
    return words.lower() in said.lower()


# Sums that the platform keeps, by the words of the expectations.
_TOKENS = {"input": "input", "output": "output", "cached_input": "cached", "reasoning": "reasoning"}


def _tokens(wanted: Wanted, seen: Seen) -> Verdict:
    asked = {
        _TOKENS[name]: count for name, count in wanted.get("tokens", {}).items() if name in _TOKENS
    }
    if "llm" in wanted and not asked:
        llm = wanted["llm"]
        asked = {"input": llm["input_tokens"], "output": llm["output_tokens"]}
        asked |= {"cached": llm["cached"], "reasoning": llm["reasoning"]}
    if not asked:
        return None
    return _equal(asked, {name: seen.tokens(name) for name in asked})


def _calls(wanted: Wanted, seen: Seen) -> Verdict:
    found = seen.count("llm_calls")
    if "llm_calls" in wanted:
        return _equal(wanted["llm_calls"], found)
    if "llm" not in wanted:
        return None
    answered, refused = wanted["llm"]["calls_answered"], len(wanted["llm"]["failed_requests"])
    return (
        ""
        if answered <= found <= answered + refused
        else f"wanted {answered} (+{refused}), is {found}"
    )


def _models(wanted: Wanted, seen: Seen) -> Verdict:
    asked = [wanted["model"]] if "model" in wanted else wanted.get("llm", {}).get("models")
    if not asked or ("tokens" in wanted and wanted["tokens"].get("input") == 0):
        return None
    asked = {model.split("[")[0] for model in asked}
    # Expectations name the models that answer; embeddings are told as well.
    found = {model.split("[")[0] for model in seen.models if "embedding" not in model}
    return (
        ""
        if asked <= found and all(any(it in x for it in asked) for x in found)
        else _unequal(asked, found)
    )


def _providers(wanted: Wanted, seen: Seen) -> Verdict:
    asked = [wanted["provider"]] if "provider" in wanted else wanted.get("providers")
    if not asked:
        return None
    must = {it for it in asked if not it.endswith("?") and "|" not in it}
    may = {one for it in asked for one in it.rstrip("?").split("|")}
    found = seen.providers
    good = all(any(it.split(".")[0] == one for it in found) for one in must)
    good = good and all(any(it.split(".")[0] == one for one in may) for it in found)
    return "" if good else _unequal(set(asked), found)


def _root(wanted: Wanted, seen: Seen) -> Verdict:
    if wanted.get("root") is not None:
        return _equal({wanted["root"]}, seen.roots)
    if wanted.get("span_name_root"):
        return _equal({wanted["span_name_root"]}, seen.roots)
    return None


def _root_agent(wanted: Wanted, seen: Seen) -> Verdict:
    if "root_agent" not in wanted:
        return None
    return _equal({wanted["root_agent"]}, seen.said("root_agent"))


def _question(wanted: Wanted, seen: Seen) -> Verdict:
    return _has(wanted.get("input_has", wanted.get("prompt")), seen.texts("user_input"))


def _answer(wanted: Wanted, seen: Seen) -> Verdict:
    return _has(wanted.get("output_has", wanted.get("answer")), seen.texts("final_output"))


def _session(wanted: Wanted, seen: Seen) -> Verdict:
    asked = wanted.get("session", wanted.get("session_id"))
    return _equal(set(asked.split("|")), seen.said("session_id")) if asked else None


def _user(wanted: Wanted, seen: Seen) -> Verdict:
    asked = wanted.get("user", wanted.get("user_id"))
    return _equal({asked}, seen.said("user_id")) if asked else None


FIELDS: dict[str, Check] = {
    "traces": _traces,
    "status": _status,
    "open": _open,
    "root": _root,
    "agents": _agents,
    "rootag": _root_agent,
    "invoc": _invocations,
    "handoff": _handoffs,
    "delegat": _delegations,
    "edges": _edges,
    "tools": _tools,
    "retriev": _retrievers,
    "errors": _errors,
    "cause": _cause,
    "tokens": _tokens,
    "calls": _calls,
    "models": _models,
    "provid": _providers,
    "input": _question,
    "output": _answer,
    "session": _session,
    "user": _user,
}


def _equal(asked: Any, found: Any) -> Verdict:
    if asked is None:
        return None
    return "" if asked == found else _unequal(asked, found)


def _unequal(asked: Any, found: Any) -> str:
    return f"wanted {_plain(asked)}, is {_plain(found)}"


def _plain(value: Any) -> Any:
    return sorted(value, key=str) if isinstance(value, set) else value


def _has(asked: str | None, found: str) -> Verdict:
    if not asked:
        return None
    return "" if asked in found else f"wanted {asked!r} in {found[:300]!r}"


def _pairs(pairs: Iterable[Iterable[str]]) -> list[tuple[str, str]]:
    return [(source, target) for source, target in pairs]


def _told(
    asked: list[tuple[str, str]], found: list[tuple[str, str]], may: list[tuple[str, str]]
) -> Verdict:
    missing = Counter(asked) - Counter(found)
    more = Counter(found) - Counter(asked)
    for pair in may:
        more.pop(pair, None)
    tellings = [f"missing {sorted(missing.elements())}"] if missing else []
    tellings += [f"too many {sorted(more.elements())}"] if more else []
    return "; ".join(tellings)
