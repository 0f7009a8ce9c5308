"""Seeds of the auditor on three brokers and two hosts of Postgres: what one machine has not."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from auditor import processes
from auditor.__main__ import main
from auditor.disk import Disks
from auditor.faults import FAULTS, Fault, Scene, freeze

from .infrastructure import Infrastructure
from .postgres import NAME
from .product import ForeignPlatform, Product

# What does not depend on whose Kafka and Postgres they are.
_SAME = ("kill up", "crash up", "stop up", "cut postgres")


class Foreign:
    """A platform on infrastructure of others."""

    def __init__(self, binary: Path, home: Path) -> None:
        self._stack = ExitStack()
        self._there = Infrastructure(home, self._stack)
        self._platform = self._there.platform(Product(binary, home), both=True)

    def start(self) -> Scene:
        """Starts all of it and waits until it is ready."""
        self._there.start()
        self._platform.begin()
        return Scene(self._platform, Disks(self._platform.data), self._faults())

    def close(self) -> None:
        """Ends all of it."""
        self._platform.close()
        self._stack.close()

    def _faults(self) -> dict[str, Fault]:
        faults = {name: FAULTS[name] for name in _SAME} | {"freeze up": freeze("up")}
        for number in range(3):
            faults[f"lose broker {number + 1}"] = self._lose([number])
            faults[f"freeze broker {number + 1}"] = self._freeze(self._broker(number))
        faults["lose two brokers"] = self._lose([0, 2])
        faults["freeze the primary"] = self._freeze(lambda: self._there.primary.service.pid)
        faults["fail over"] = self._fail_over
        return faults

    def _broker(self, number: int) -> Callable[[], int]:
        return lambda: self._there.brokers.nodes[number].pid

    def _lose(self, numbers: list[int]) -> Fault:
        @contextmanager
        def fault(scene: Scene, lasts: float) -> Iterator[None]:
            nodes = [self._there.brokers.nodes[number] for number in numbers]
            for node in nodes:
                node.kill()
            try:
                yield
            finally:
                for node in nodes:
                    if not node.running():
                        node.start()

        return fault

    def _freeze(self, pid: Callable[[], int]) -> Fault:
        @contextmanager
        def fault(scene: Scene, lasts: float) -> Iterator[None]:
            frozen = processes.family(pid())
            processes.send(frozen, signal.SIGSTOP)
            try:
                yield
            finally:
                processes.send(frozen, signal.SIGCONT)

        return fault

    @contextmanager
    def _fail_over(self, scene: Scene, lasts: float) -> Iterator[None]:
        """The primary dies and its replica takes over; in the end there is a replica again."""
        there = self._there
        old, new = there.primary, there.replica
        processes.send(processes.family(old.service.pid), signal.SIGKILL)
        new.promote()
        there.primary, there.replica = new, old
        platform: ForeignPlatform = self._platform
        platform.read_from(new.admin(NAME))
        try:
            yield
        finally:
            old.forget()
            old.follow(new)


if __name__ == "__main__":
    sys.exit(main(Foreign))
