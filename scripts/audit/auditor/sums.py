"""Sums against what they sum up, offsets and ledger against what Kafka holds, dead letters."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .anomaly import Anomaly, Kind, grouped
from .kafka_reader import Letter
from .ledger import Ledger
from .stored import Stored

_OF_TRACE = {
    "span_count": "spans",
    "running_count": "running",
    "failed_count": "failed",
    "input_tokens": "sent",
    "output_tokens": "got",
    "total_tokens": "total",
    "event_count": "events",
}
_OF_ROLLUP = {
    "started": "spans",
    "finished": "ended",
    "failed": "broken",
    "sent": "tokens_in",
    "got": "tokens_out",
}


def sums(stored: Stored) -> list[Anomaly]:
    """Sums of traces and roll-ups."""
    traces = [
        f"{row['trace_id']}: {off}" for row in stored["sums"] if (off := _off(row, _OF_TRACE))
    ]
    rollups = [
        f"minute {row['minute']}, kind {row['kind']}, {row['model'] or 'no model'}: {off}"
        for row in stored["rollups"]
        if (off := _off(row, _OF_ROLLUP))
    ]
    counted = stored["traces"][0]
    if counted["stored"] != counted["counted"]:
        rollups.append(f"{counted['stored']} traces, {counted['counted']} in the roll-up")
    lone = [row["trace_id"] for row in stored["lone"]]
    return (
        grouped(Kind.STALE_SUM, "sums of a trace are not those of its spans", traces)
        + grouped(Kind.STALE_SUM, "roll-ups are not the sums of the spans", rollups)
        + grouped(Kind.TORN, "spans are stored without their trace", lone)
    )


def _off(row: dict[str, Any], pairs: dict[str, str]) -> str:
    def number(name: str) -> int:
        return row[name] or 0

    off = [(a, number(a), number(b)) for a, b in pairs.items() if number(a) != number(b)]
    return ", ".join(f"{name} {said}, and they have {real}" for name, said, real in off)


def read_up_to(rows: list[dict[str, Any]], ends: dict[tuple[str, int], int]) -> bool:
    """Whether nothing waits in any partition."""
    stands = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    return all(stands.get(place, 0) >= end for place, end in ends.items())


def offsets(stored: Stored, ends: dict[tuple[str, int], int]) -> list[Anomaly]:
    """Whether everything that Kafka took was received, and all of it is accounted for."""
    gaps, unbalanced = [], []
    rows = {(row["topic"], row["partition"]): row for row in stored["offsets"]}
    for place, end in ends.items():
        row = rows.get(place)
        if row is None:
            if end:
                gaps.append(f"{place[0]}/{place[1]}: {end} records, and no row")
            continue
        read = row["received"] + row["expired"]
        if row["next_offset"] != end or read != end:
            gaps.append(
                f"{place[0]}/{place[1]}: Kafka holds {end}, the next is {row['next_offset']},"
                f" received {row['received']}, expired {row['expired']}"
            )
        parts = sum(row[name] for name in ("stored", "duplicate", "ignored", "rejected"))
        if parts != row["received"]:
            unbalanced.append(f"{place[0]}/{place[1]}: received {row['received']}, parts {parts}")
    return grouped(Kind.SILENT_GAP, "offsets moved past records", gaps) + grouped(
        Kind.SILENT_GAP, "the ledger does not balance", unbalanced
    )


def dead_letters(
    ledger: Ledger, stored: Stored, letters: list[Letter], restarts: int
) -> list[Anomaly]:
    """Every record that nobody can read, once; and no other."""
    rows, poison = stored["letters"], ledger.of_kind("poison")
    by_mark = {mark: [row for row in rows if mark in row["excerpt"]] for mark in poison}
    places = {(letter.partition, letter.offset): letter for letter in letters}
    lost = [mark for mark, found in by_mark.items() if not found]
    hollow = [
        f"{row['topic']}/{row['partition']}@{row['offset']}"
        for row in rows
        if (row["dlq_partition"], row["dlq_offset"]) not in places
    ]
    whole = [
        mark
        for mark, found in by_mark.items()
        for row in found
        if (letter := places.get((row["dlq_partition"], row["dlq_offset"])))
        and mark.encode() not in letter.value
    ]
    sent = ledger.versions("poison")
    good = [
        f"{row['topic']}/{row['partition']}@{row['offset']}: {row['code']}, {row['reason'][:120]}"
        for row in rows
        if row["code"] != "malformed" and not any(mark in row["excerpt"] for mark in sent)
    ]
    copies = Counter(letter.origin for letter in letters)
    # Between a letter and its transaction a crash may stand: one more for each.
    doubled = [f"{origin}: {n} letters" for origin, n in copies.items() if n > 1 + restarts]
    return (
        grouped(Kind.LOST, "rejected, and no row of a dead letter", lost)
        + grouped(Kind.LOST, "a row of a dead letter without the letter in its topic", hollow)
        + grouped(Kind.TORN, "a dead letter holds another record than its row says", whole)
        + grouped(Kind.LOST, "acknowledged, and thrown to the dead letters", good)
        + grouped(Kind.DOUBLED, "one record was buried again and again", doubled)
    )
