"""All of it: who signs, the brokers, the primary and its replica."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from . import postgres_checks
from .brokers import Brokers
from .certificates import Authority
from .postgres import NAME, Server
from .product import ForeignPlatform, Product


class Infrastructure:
    """What is started, and how the product finds it."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self.home = home
        self.ours = Authority(home / "authority", "Telemetron's test authority")
        self.other = Authority(home / "another", "Another authority").file
        names = "DNS:localhost"
        key, certificate = self.ours.sign("postgres", names)
        self.brokers = Brokers(home / "kafka", self.ours)
        self.primary = Server(home / "primary", key, certificate)
        self.replica = Server(home / "replica", key, certificate)
        stack.callback(self.brokers.stop)
        stack.callback(self.primary.stop)
        stack.callback(self.replica.stop)

    def start(self) -> None:
        """Starts all of it side by side."""
        with ThreadPoolExecutor() as pool:
            for started in [pool.submit(self.brokers.start), pool.submit(self._databases)]:
                started.result()

    def _databases(self) -> None:
        self.primary.create()
        self.primary.start()
        self.primary.prepare()
        self.replica.follow(self.primary)

    def platform(self, product: Product, both: bool) -> ForeignPlatform:
        """`telemetron up` on it, with both hosts of Postgres or the primary alone."""
        primary = self.primary.url()
        url = postgres_checks.hosts(self.primary, self.replica) if both else primary
        database = self.primary.admin(NAME)
        home = self.home / "platform"
        return ForeignPlatform(product.binary, home, self.brokers.servers, database, url)
