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
    # A test with several combinations may fail in more than one of them.
    broken = {str(getattr(test, "test_case", test)) for test, _ in result.failures + result.errors}
    failed = len(broken) + len(result.unexpectedSuccesses)
    skipped = len(result.skipped)
    sys.stderr.flush()
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.path.insert(0, str(_HERE))
    sys.exit(main())
