"""A load with an auditor's log on foreign infrastructure: what was acknowledged must be there."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from auditor import compare, kafka_reader, stored, sums
from auditor.anomaly import Anomaly
from auditor.ledger import Ledger
from auditor.load import Load
from auditor.pulse import Pulse
from auditor.waiting import until

from .checks import must
from .product import ForeignPlatform

# How long a cured platform may take, in seconds.
CURE_SECONDS = 90.0
# How long health may be wrong, in seconds.
HEALTH_SECONDS = 10.0


class Audited:
    """A load that runs while something happens to the infrastructure."""

    def __init__(self, platform: ForeignPlatform) -> None:
        self._platform = platform
        self._run = secrets.token_hex(3)
        self._ledger = Ledger(platform.home / f"{self._run}.jsonl")
        self._load = Load(1, self._run, platform.ports, self._ledger, platform.servers)
        self._pulse = Pulse(platform, 1, self._run)
        self._load.start()

    def flows(self, seconds: float = CURE_SECONDS) -> float:
        """Waits until something that is sent from now on can be seen; says how long it took."""
        began = time.monotonic()
        there = until(lambda: self._pulse.delivered_since(began), seconds)
        must(there, f"nothing is delivered within {seconds:.0f} s: {self._state()}")
        return time.monotonic() - began

    def says_not_ready(self, of: str) -> str:
        """Waits until `/ready` says so of a component; gives the reason."""
        said: dict[str, str] = {}

        def told() -> bool:
            nonlocal said
            said = self._platform.reasons()
            return any(of in name for name in said)

        must(until(told, HEALTH_SECONDS), f"/ready says nothing of {of}: {self._state()}")
        return "; ".join(f"{name}: {reason}" for name, reason in said.items())

    def becomes_ready(self) -> None:
        """Waits until `/ready` agrees that all is well."""
        must(until(self._platform.ready, HEALTH_SECONDS), f"not ready: {self._state()}")

    def end(self) -> str:
        """Ends the load and compares; fails with what is wrong."""
        self._load.stop()
        done = until(lambda: not self._load.busy(), CURE_SECONDS)
        self._load.end()
        self._pulse.stop()
        must(done, "requests are not acknowledged")
        must(until(self._stored, CURE_SECONDS, 0.3), f"records wait: {self._state()}")
        found = self._found()
        words = "; ".join(f"{a.kind}: {a.what} ({a.count}) {a.evidence}" for a in found)
        must(not found, words)
        return f"{self._ledger.records} records acknowledged, all of them stored"

    def _found(self) -> list[Anomaly]:
        project = self._load.workers[0].source.project
        rows = stored.read(self._platform.database(), project, self._run)
        found = compare.contents(self._ledger, rows) + sums.sums(rows)
        return found + sums.offsets(rows, kafka_reader.ends(self._platform.servers))

    def _stored(self) -> bool:
        ends = kafka_reader.ends(self._platform.servers)
        return sums.read_up_to(stored.offsets(self._platform.database()), ends)

    def _state(self) -> str:
        return f"{self._platform.reasons()}; {self._platform.last_words(1)}"


def while_it_runs(platform: ForeignPlatform, act: Callable[[Audited], str]) -> str:
    """A load, something that happens, and the comparison."""
    audited = Audited(platform)
    audited.flows()
    said = act(audited)
    return f"{said}; {audited.end()}"
