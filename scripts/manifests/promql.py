"""What a PromQL expression names: metrics with their matchers, labels it groups by, what it rates.

Whether the expression is right is promtool's to say; this reads only what it takes for right.
"""

import dataclasses
import re

TOKEN = re.compile(
    r"""\s+ | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*') | (?P<number>\d[\w.]*)
    | (?P<name>[a-zA-Z_:][\w:]*) | (?P<sign>=~|!~|!=|==|<=|>=|.)""",
    re.VERBOSE | re.DOTALL,
)
GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
WORDS = GROUPING | {"or", "and", "unless", "offset", "bool", "inf", "nan"}
AGGREGATIONS = {
    "sum",
    "min",
    "max",
    "avg",
    "count",
    "group",
    "stddev",
    "topk",
    "bottomk",
    "quantile",
}
RATES = {"rate", "irate", "increase"}


@dataclasses.dataclass
class Selector:
    """A metric, the matchers behind it as (label, operator, value), and the function around it."""

    metric: str
    matchers: list[tuple[str, str, str]]
    function: str | None


@dataclasses.dataclass
class Expression:
    """What one expression names."""

    selectors: list[Selector]
    grouping: set[str]
    groups: bool


def tokens(text: str) -> list[tuple[str, str]]:
    """The tokens of an expression as (kind, text)."""
    return [
        (match.lastgroup, match.group(match.lastgroup))
        for match in TOKEN.finditer(text)
        if match.lastgroup
    ]


def read(text: str) -> Expression:
    """Reads an expression."""
    found = Expression([], set(), False)
    stream = [*tokens(text), ("end", "")]
    at = 0
    while stream[at][0] != "end":
        kind, word = stream[at]
        behind = stream[at + 1][1]
        if kind != "name" or (behind == "(" and word not in GROUPING) or word in AGGREGATIONS:
            at += 1
        elif word in GROUPING:
            at = grouping(stream, at + 1, found, word == "by")
        elif word in WORDS:
            at += 1
        else:
            around = stream[at - 2][1] if at >= 2 and stream[at - 1][1] == "(" else None
            matchers, at = selector(stream, at + 1)
            found.selectors.append(Selector(word, matchers, around))
    return found


def grouping(stream: list[tuple[str, str]], at: int, found: Expression, groups: bool) -> int:
    """Reads `(label, label)`."""
    found.groups |= groups
    if stream[at][1] != "(":
        return at
    while stream[at][1] != ")":
        if stream[at][0] == "name":
            found.grouping.add(stream[at][1])
        at += 1
    return at + 1


def selector(stream: list[tuple[str, str]], at: int) -> tuple[list[tuple[str, str, str]], int]:
    """Reads `{label="value", …}`, where there is one."""
    matchers = []
    if stream[at][1] != "{":
        return matchers, at
    while stream[at][1] != "}":
        if stream[at][0] == "name":
            (_, label), (_, operator), (_, value) = stream[at : at + 3]
            matchers.append((label, operator, value[1:-1]))
            at += 2
        at += 1
    return matchers, at + 1
