"""Runs the checks, all of them or those that are named, and counts them in the last line."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def main() -> int:
    """Gives 0 when nothing failed."""
    loader = unittest.TestLoader()
    names = sys.argv[1:]
    suite = loader.loadTestsFromNames(names) if names else loader.discover(str(_HERE))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    failed = named(result.failures + result.errors)
    skipped = named(result.skipped) - failed
    passed = max(result.testsRun - len(failed) - len(skipped), 0)
    sys.stderr.flush()
    print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 0 if result.wasSuccessful() and result.testsRun else 1


def named(outcomes: list[tuple[unittest.TestCase, str]]) -> set[str]:
    """The tests of outcomes; one may fail with several combinations."""
    return {str(getattr(test, "test_case", test)) for test, _ in outcomes}


if __name__ == "__main__":
    sys.path.insert(0, str(_HERE))
    sys.exit(main())
