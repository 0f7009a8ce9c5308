"""The faults: each is inflicted, lasts, and is healed."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from . import processes
from .disk import Disks
from .platform import Platform
from .sql import Database, Failed
from .waiting import pass_time

# The name of the auditor's own superuser, while the product's has lost its rights.
_KEEPER = "auditor"


class Scene:
    """What faults act upon, which of them can be had, and what they found to be wrong."""

    def __init__(self, platform: Platform, disks: Disks, faults: dict[str, Fault]) -> None:
        self.platform = platform
        self.disks = disks
        self.faults = faults
        self.ignored_stop: list[str] = []


Fault = Callable[[Scene, float], AbstractContextManager[None]]


def once(act: Callable[[Scene], None]) -> Fault:
    """A fault that is over as soon as it happened."""

    @contextmanager
    def fault(scene: Scene, lasts: float) -> Iterator[None]:
        act(scene)
        yield

    return fault


def again_and_again(act: Callable[[Scene], None], every: float) -> Fault:
    """A fault that is repeated as long as it lasts."""

    @contextmanager
    def fault(scene: Scene, lasts: float) -> Iterator[None]:
        stop = threading.Event()

        def repeat() -> None:
            while not stop.is_set():
                with contextlib.suppress(Failed, OSError):
                    act(scene)
                pass_time(every, stop)

        thread = threading.Thread(target=repeat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    return fault


def freeze(*which: str) -> Fault:
    """Stops processes with SIGSTOP; they go on with SIGCONT."""

    @contextmanager
    def fault(scene: Scene, lasts: float) -> Iterator[None]:
        frozen = pids_of(scene.platform, which)
        processes.send(frozen, signal.SIGSTOP)
        try:
            yield
        finally:
            processes.send(frozen, signal.SIGCONT)

    return fault


def private(disks: Disks) -> dict[str, Fault]:
    """What can be had where Kafka and Postgres are the platform's own."""
    names = ("kafka", "postgres")
    not_here = {f"full disk of {name}" for name in names if name not in disks.mounted}
    return {name: fault for name, fault in FAULTS.items() if name not in not_here}


def pids_of(platform: Platform, which: tuple[str, ...]) -> list[int]:
    """The processes of `up` itself, of Kafka, of Postgres."""
    found = []
    for name in which:
        found += [platform.pid, platform.core] if name == "up" else platform.children(name)
    return found


def stroke(which: str) -> Callable[[Scene], None]:
    """One stroke of a slow machine: stopped for a while, then on again."""

    def act(scene: Scene) -> None:
        pids = pids_of(scene.platform, (which,))
        processes.send(pids, signal.SIGSTOP)
        pass_time(0.2)
        processes.send(pids, signal.SIGCONT)

    return act


def kill_up(scene: Scene) -> None:
    """`kill -9` of the platform, then a new one on the same data."""
    scene.platform.kill()
    scene.platform.start()


def crash_up(scene: Scene) -> None:
    """The process that works is ended by a signal; whoever watches over it starts it again."""
    if scene.platform.core != scene.platform.pid:
        scene.platform.crash()


def stop_up(scene: Scene) -> None:
    """SIGTERM as an operator sends it, then a new one on the same data."""
    if not scene.platform.stop():
        scene.ignored_stop.append("`up` did not end within 45 s of SIGTERM")
    scene.platform.start()


def kill_child(which: str) -> Callable[[Scene], None]:
    """`kill -9` of Kafka, or of the first process of Postgres."""

    def act(scene: Scene) -> None:
        processes.send(scene.platform.children(which)[:1], signal.SIGKILL)

    return act


def full_disk(which: str) -> Fault:
    """Not a byte is left for Kafka or Postgres."""

    @contextmanager
    def fault(scene: Scene, lasts: float) -> Iterator[None]:
        scene.disks.fill(which)
        try:
            yield
        finally:
            scene.disks.free(which)

    return fault


def cut_kafka(scene: Scene) -> None:
    """Shuts down whatever connections `up` has to Kafka."""
    processes.cut_connections(scene.platform.core, scene.platform.ports["kafka"])


def cut_postgres(scene: Scene) -> None:
    """Ends the sessions of the product."""
    _database(scene).execute(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND application_name <> 'auditor';"
    )


def _database(scene: Scene) -> Database:
    return scene.platform.database()


def _insist(act: Callable[[], object]) -> None:
    """Does it as soon as Postgres lets it be done: other faults may keep it away."""
    for _attempt in range(300):
        try:
            act()
            return
        except Failed:
            pass_time(0.3)


# Another fault may have made every transaction read-only.
_WRITABLE = "SET default_transaction_read_only = off;"


@contextmanager
def revoked(scene: Scene, lasts: float) -> Iterator[None]:
    """The product's role is no superuser any more and may not insert."""
    database = _database(scene)
    role = "telemetron"
    keeper = Database(database.url.replace(f"//{role}@", f"//{_KEEPER}@"))
    insert = "INSERT ON ALL TABLES IN SCHEMA public"

    def give_back() -> None:
        there = database.execute(f"SELECT to_regrole('{_KEEPER}') IS NOT NULL;").strip() == "t"
        if there:
            keeper.execute(f"{_WRITABLE} GRANT {insert} TO {role}; ALTER ROLE {role} SUPERUSER;")

    # Where other faults keep Postgres away, it may be carried out later, or never.
    with contextlib.suppress(Failed):
        database.execute(
            f"{_WRITABLE} DO $$ BEGIN IF to_regrole('{_KEEPER}') IS NULL THEN"
            f" CREATE ROLE {_KEEPER} SUPERUSER LOGIN; END IF; END $$;"
            f"ALTER ROLE {role} NOSUPERUSER; REVOKE {insert} FROM {role};"
        )
    try:
        yield
    finally:
        _insist(give_back)


@contextmanager
def read_only(scene: Scene, lasts: float) -> Iterator[None]:
    """The database takes no writes, as a replica that was not promoted yet."""
    database = _database(scene)
    setting = "ALTER DATABASE telemetron SET default_transaction_read_only"
    with contextlib.suppress(Failed):
        database.execute(f"{_WRITABLE}{setting} = on;")
        cut_postgres(scene)
    try:
        yield
    finally:
        _insist(lambda: database.execute(f"{_WRITABLE}{setting} = off;"))
        _insist(lambda: cut_postgres(scene))


FAULTS: dict[str, Fault] = {
    "kill up": once(kill_up),
    "crash up": once(crash_up),
    "stop up": once(stop_up),
    "kill kafka": once(kill_child("kafka")),
    "kill postgres": once(kill_child("postgres")),
    "freeze up": freeze("up"),
    "freeze kafka": freeze("kafka"),
    "freeze postgres": freeze("postgres"),
    "freeze kafka and postgres": freeze("kafka", "postgres"),
    "lose the broker": again_and_again(kill_child("kafka"), 0.5),
    "slow kafka": again_and_again(stroke("kafka"), 0.05),
    "slow postgres": again_and_again(stroke("postgres"), 0.05),
    "full disk of kafka": full_disk("kafka"),
    "full disk of postgres": full_disk("postgres"),
    "cut kafka": again_and_again(cut_kafka, 0.3),
    "cut postgres": again_and_again(cut_postgres, 0.3),
    "revoked rights": revoked,
    "read-only postgres": read_only,
}
