"""Starts the infrastructure, checks the product on it, ends everything."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from . import kafka_checks, postgres_checks
from .checks import Checks
from .infrastructure import Infrastructure
from .product import Product

_ROOT = Path(__file__).resolve().parents[3]
AREAS = ("topics", "doors", "encryption", "losses", "failover", "pooler")


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="infrastructure.sh", description=__doc__)
    built = Path(os.environ.get("CARGO_TARGET_DIR", _ROOT / "target")) / "debug" / "telemetron"
    parser.add_argument("--bin", type=Path, default=built, help="the built binary")
    parser.add_argument("--keep", action="store_true", help="leave the data directory behind")
    parser.add_argument("areas", nargs="*", choices=[*AREAS, []], help="only these checks")
    return parser.parse_args()


def checked(checks: Checks, product: Product, there: Infrastructure) -> None:
    """All checks, those that break things last."""
    brokers, primary = there.brokers, there.primary
    if checks.wants("topics"):
        kafka_checks.topics(checks, product, brokers)
    if checks.wants("doors"):
        kafka_checks.doors(checks, product, brokers, there.ours, there.other)
    if checks.wants("encryption"):
        postgres_checks.encryption(checks, product, primary, there.ours, there.other)
        postgres_checks.plain_text(checks, product, primary)
    if checks.wants("losses") or checks.wants("failover"):
        on_a_platform(checks, product, there)
    if checks.wants("pooler"):
        alive = primary if primary.service.running() else there.replica
        postgres_checks.pooler(checks, product, there.home, alive, brokers.servers)


def on_a_platform(checks: Checks, product: Product, there: Infrastructure) -> None:
    """Losses, which one platform lives through without being started again."""
    platform = there.platform(product, checks.wants("failover"))
    try:
        before = checks.counts["FAILED"]
        checks.check("`up` starts on three brokers and Postgres", platform.begin)
        if checks.counts["FAILED"] > before:
            return
        if checks.wants("losses"):
            kafka_checks.losses(checks, platform, there.brokers)
        if checks.wants("failover"):
            postgres_checks.failover(checks, platform, there.primary, there.replica)
    finally:
        platform.close()


def main() -> int:
    """Checks, and says by the exit code whether anything is wrong."""
    options = arguments()
    # Told to stop, it ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    checks = Checks(options.areas)
    home = Path(tempfile.mkdtemp(prefix="telemetron-infrastructure-"))
    home.chmod(0o711)
    began = time.monotonic()
    with ExitStack() as stack:
        there = Infrastructure(home, stack)
        there.start()
        print(f"started in {time.monotonic() - began:.0f} s", flush=True)
        checked(checks, Product(options.bin, home), there)
    if options.keep or checks.counts["FAILED"]:
        print(f"kept: {home}")
    else:
        shutil.rmtree(home, ignore_errors=True)
    print(f"took {time.monotonic() - began:.0f} s")
    print(checks.closing_line())
    return 1 if checks.counts["FAILED"] else 0


if __name__ == "__main__":
    sys.exit(main())
