"""What everybody says of the platform's health, sample by sample, and where they disagree."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field

from .anomaly import Anomaly, Kind
from .client import Client
from .page import Page
from .platform import Platform
from .pulse import Pulse
from .waiting import pass_time

# How long anybody may be wrong, in seconds.
LIMIT = 10.0

_EVERY = 0.4
# A sampler that was itself held up for so long, in seconds, has proved nothing.
_HELD_UP = 3.0
# The sources of the Oracle and the components of `/ready` that speak of the same thing.
_SAME = {"kafka": "kafka", "telemetry": "postgres"}
# Gauges that are 1 while a component is ready: of each by name, and of the live stream.
_GAUGE = re.compile(r'^telemetron_component_ready\{[^}]*component="([^"]+)"[^}]*\} ([01])', re.M)
_LIVE = re.compile(r"^telemetron_api_live_delivering(?:\{[^}]*\})? ([01])", re.M)


@dataclass
class Streak:
    """Since when something holds without a break."""

    since: float | None = None

    def hold(self, holds: bool, now: float) -> float:
        """For how long it has held."""
        if not holds:
            self.since = None
            return 0.0
        self.since = now if self.since is None else self.since
        return now - self.since


@dataclass
class Sample:
    """What was said at one moment; `None` where nobody answered."""

    ready: bool | None = None
    components: dict[str, bool] = field(default_factory=dict)
    gateway: bool | None = None
    gauges: dict[str, bool] = field(default_factory=dict)
    sources: dict[str, bool] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


class HealthWatch:
    """Samples health while faults strike and after their cure."""

    def __init__(self, platform: Platform, pulse: Pulse, page: Page | None) -> None:
        self._platform = platform
        self._pulse = pulse
        self._page = page
        self._stop = threading.Event()
        self._streaks: dict[str, Streak] = {}
        self._found: dict[tuple[str, float | None], Anomaly] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def anomalies(self) -> list[Anomaly]:
        """What was said falsely for too long, each time once, with how long it was."""
        return list(self._found.values())

    def stop(self) -> None:
        """Ends the watch."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        api = Client(self._platform.ports["api"], patience=2.0)
        gateway = Client(self._platform.ports["otlp"], patience=2.0)
        before = time.monotonic()
        while not self._stop.is_set():
            said = sample(api, gateway)
            now = time.monotonic()
            if now - before > _HELD_UP + 6.0:
                self._streaks.clear()
            before = now
            self._judge(said, now)
            pass_time(_EVERY, self._stop)
        api.close()
        gateway.close()

    def _judge(self, said: Sample, now: float) -> None:
        waiting = self._pulse.waiting_since()
        all_ready = bool(said.ready and said.gateway)
        for_seconds = self._held("ready", all_ready, now)
        age = now - max(waiting, self._pulse.last_seen) if waiting is not None else 0.0
        if for_seconds > LIMIT and age > LIMIT:
            self._tell("ready", f"ready for {for_seconds:.0f} s, nothing delivered for {age:.0f} s")
        flowing = waiting is None or now - waiting < 2.0
        silent = said.ready is False and flowing and now - self._pulse.last_seen < 2.0
        for_seconds = self._held("not ready", silent, now)
        if for_seconds > LIMIT:
            ill = ", ".join(name for name, ready in said.components.items() if not ready)
            words = f"not ready ({ill}) for {for_seconds:.0f} s while everything is delivered"
            self._tell("not ready", words)
        self._compare("the metric", said.gauges, said, now)
        self._compare("the Oracle", said.sources, said, now)
        self._look_at_page(said, now)

    def _look_at_page(self, said: Sample, now: float) -> None:
        if self._page is None:
            return
        shown = self._page.shown()
        for_seconds = self._held("the page blank", shown is None, now)
        if for_seconds > LIMIT:
            self._tell("the page blank", f"the page has shown no health for {for_seconds:.0f} s")
        # Nobody answers: the page cannot know what is wrong, but it must not say that all is well.
        alone = shown is not None and shown.ready and said.ready is None
        for_seconds = self._held("the page alone", alone, now)
        if for_seconds > LIMIT:
            self._tell("the page alone", f"the page says ready, nobody answers {for_seconds:.0f} s")
        if shown:
            # Ill without a name: it says that the API is away, and thus of nothing that it is well.
            well = {name: shown.says_well(name) for name in said.components}
            self._compare("the page", well, said, now)

    def _compare(self, who: str, theirs: dict[str, bool], said: Sample, now: float) -> None:
        # Where nobody answered, nobody was wrong.
        for component in {*theirs, *_SAME.values(), "live"}:
            name, ours, ready = (
                f"{who} {component}",
                said.components.get(component),
                theirs.get(component),
            )
            differs = ours is not None and ready is not None and ours != ready
            for_seconds = self._held(name, differs, now)
            if for_seconds > LIMIT:
                words = (
                    f"{who} says {_word(bool(ready))} of {component}, /ready {_word(bool(ours))}"
                )
                reason = said.reasons.get(component, "no reason is given")
                self._tell(name, f"{words}, for {for_seconds:.0f} s", reason)

    def _held(self, name: str, holds: bool, now: float) -> float:
        return self._streaks.setdefault(name, Streak()).hold(holds, now)

    def _tell(self, name: str, words: str, evidence: str = "") -> None:
        anomaly = Anomaly(Kind.FALSE_HEALTH, words, evidence)
        self._found[name, self._streaks[name].since] = anomaly


def _word(ready: bool) -> str:
    return "ready" if ready else "not ready"


def sample(api: Client, gateway: Client) -> Sample:
    """Asks everybody once."""
    said = Sample()
    answer = api.get("/ready")
    if answer.status in (200, 503):
        body = answer.json()
        said.ready = answer.ok
        parts = body.get("components", {})
        said.components = {name: bool(part["ready"]) for name, part in parts.items()}
        said.reasons = {name: part.get("reason", "") for name, part in parts.items()}
    answer = gateway.get("/ready")
    if answer.status in (200, 503):
        said.gateway = answer.ok
    if said.ready is None:
        return said
    text = api.get("/metrics").body.decode(errors="replace")
    found = [*_GAUGE.findall(text), *(("live", value) for value in _LIVE.findall(text))]
    said.gauges = {name: value == "1" for name, value in found}
    for source in api.get("/api/v1/oracle/issues").json().get("sources", []):
        component = _SAME.get(source["name"])
        if component and source["status"] != "starting":
            said.sources[component] = source["status"] == "fresh"
            ours = said.reasons.get(component) or "nothing"
            said.reasons[component] = f"/ready gives {ours}; the Oracle {source.get('reason')}"
    return said
