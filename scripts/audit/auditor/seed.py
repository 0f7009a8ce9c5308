"""One seed: load, faults, cure, and the comparison."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from confluent_kafka import KafkaException

from . import answers, compare, kafka_reader, plan, stored, sums
from .anomaly import Anomaly, Kind, grouped
from .client import Client
from .faults import Scene
from .health import LIMIT, HealthWatch
from .ledger import Ledger
from .live import LiveWatch
from .load import Load
from .page import Page
from .pulse import Pulse
from .sql import Failed
from .waiting import pass_time, until


@dataclass
class Result:
    """What a seed showed."""

    seed: int
    strikes: list[plan.Strike]
    records: int = 0
    requests: int = 0
    repeated: int = 0
    recovered: float | None = None
    wall: float = 0.0
    live_excused: bool = False
    anomalies: list[Anomaly] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """A form for files."""
        return asdict(self)


class Run:
    """A seed on a platform that is ready."""

    def __init__(
        self,
        scene: Scene,
        seed: int,
        seconds: float,
        strikes: list[plan.Strike],
        cure: float,
        page: Page | None,
        say: Callable[[str], None],
    ) -> None:
        self._platform, self._scene = scene.platform, scene
        scene.ignored_stop.clear()
        self._seed, self._seconds, self._cure, self._say = seed, seconds, cure, say
        self._page = page
        # Drawn anew for each run, so that a seed may run twice on one platform.
        self.run = secrets.token_hex(3)
        self.ledger = Ledger(scene.platform.home / f"seed-{seed}-{self.run}.jsonl")
        self.result = Result(seed, strikes)
        self._servers = scene.platform.servers

    def go(self) -> Result:
        """Runs it."""
        began = time.monotonic()
        ended = len(self._platform.ended)
        before = self._digest()
        self._live = LiveWatch(self._platform)
        self._live.connected.wait(10)
        self._pulse = Pulse(self._platform, self._seed, self.run)
        self._health = HealthWatch(self._platform, self._pulse, self._page)
        self._load = Load(self._seed, self.run, self._platform.ports, self.ledger, self._servers)
        self._weather()
        healed = time.monotonic()
        self._recover(healed)
        self._settle()
        self._judge(before)
        self.result.anomalies += [Anomaly(Kind.ENDED, how) for how in self._platform.ended[ended:]]
        self._count(began)
        return self.result

    def _weather(self) -> None:
        """Load, and the faults in it."""
        until_time = time.monotonic() + self._seconds
        self._load.start()
        storm = plan.Storm(self._scene, self.result.strikes)
        while (left := until_time - time.monotonic()) > 0:
            self._say(f"{left:.0f} s of faults left, {self.ledger.records} acknowledged")
            self._platform.ready()
            pass_time(min(0.5, left))
        storm.over()
        self.result.notes += storm.failed
        self._load.stop()

    def _recover(self, healed: float) -> None:
        """Waits until everything works again; says what does not."""
        checks: dict[str, Callable[[], bool]] = {
            "not ready": self._platform.ready,
            "a new record is not delivered": lambda: self._pulse.delivered_since(healed),
            "requests are not acknowledged": lambda: not self._load.busy(),
            "records wait": lambda: self._lag() == 0,
            "the live stream does not show what was acknowledged": self._live_shows,
        }
        waiting = dict(checks)

        def well() -> bool:
            for name in [name for name, check in waiting.items() if check()]:
                del waiting[name]
            self._say(f"healed {time.monotonic() - healed:.0f} s ago; {', '.join(waiting)}")
            return not waiting

        if until(well, self._cure, 0.2):
            self.result.recovered = round(time.monotonic() - healed, 1)
            return
        for name in waiting:
            evidence = self._evidence(name)
            self.result.anomalies.append(
                Anomaly(Kind.STUCK, f"{name}, {self._cure:.0f} s after the cure", evidence)
            )

    def _live_shows(self) -> bool:
        return self._live.excused or not self._live.missing(self.ledger)

    def _all_stored(self) -> bool:
        """Whether offsets stand where Kafka ends; the API looks once a second alone."""
        with contextlib.suppress(KafkaException, Failed):
            ends = kafka_reader.ends(self._servers)
            return sums.read_up_to(stored.offsets(self._platform.database()), ends)
        return False

    def _lag(self) -> int | None:
        lag = self._platform.ask("api", "/api/v1/ingest").json().get("lag") or {}
        return lag.get("records")

    def _evidence(self, name: str) -> str:
        if name.startswith("requests"):
            return "; ".join(f"{w.door}: {w.last_words}" for w in self._load.busy())
        if name.startswith("the live"):
            return f"{len(self._live.missing(self.ledger))} records"
        said = [self._platform.ask(door, "/ready").body.decode() for door in ("api", "otlp")]
        return f"{' '.join(said)}; lag {self._lag()}; {self._platform.last_words(1)}"

    def _settle(self) -> None:
        """Ends whatever still writes, and waits until nothing waits any more."""
        if self.result.recovered is not None:
            # Long enough to see whether health is told truly after the cure.
            quiet = time.monotonic()
            until(lambda: time.monotonic() - quiet > 1.0, LIMIT)
        self._load.end()
        self._pulse.stop()
        self._health.stop()
        self._waits = not until(self._all_stored, LIMIT, 0.3)
        self._live.stop()

    def _judge(self, before: list[dict[str, Any]]) -> None:
        self._say("comparing")
        found = self.result.anomalies
        found += grouped(Kind.STUCK, "told to stop, it went on", self._scene.ignored_stop)
        found += grouped(Kind.REFUSED, "good requests were refused", self._load.refused())
        found += grouped(Kind.LOST, "later records came, these did not", self._pulse.lost)
        found += self._health.anomalies + self._live.anomalies(self.ledger)
        self.result.live_excused = self._live.excused
        database, project = self._platform.database(), self._load.workers[0].source.project
        rows = stored.read(database, project, self.run)
        found += compare.contents(self.ledger, rows) + sums.sums(rows)
        found += sums.offsets(rows, kafka_reader.ends(self._servers))
        restarts = len(self.result.strikes) * 2
        found += sums.dead_letters(self.ledger, rows, kafka_reader.letters(self._servers), restarts)
        if self._waits:
            # What waits is not lost; that it waits has been said.
            self.result.anomalies = found = [
                anomaly for anomaly in found if anomaly.kind not in (Kind.LOST, Kind.SILENT_GAP)
            ]
        if rows["digest"] != before:
            words = "what earlier seeds had stored has changed"
            found.append(Anomaly(Kind.TORN, words, f"{before} and now {rows['digest']}"))
        if not self._waits:
            client = Client(self._platform.ports["api"], patience=30)
            found += answers.lists(client, project, self.ledger)
            found += answers.spans(client, self.ledger, self._seed)
            client.close()

    def _digest(self) -> list[dict[str, Any]]:
        """A digest of all spans that others have stored."""
        project = f"audit-{self._seed}-{self.run}"
        return stored.read(self._platform.database(), project, self.run)["digest"]

    def _count(self, began: float) -> None:
        result = self.result
        result.records, result.requests = self.ledger.records, self.ledger.requests
        result.repeated = self.ledger.repeated
        result.wall = round(time.monotonic() - began, 1)
        self.ledger.close()
