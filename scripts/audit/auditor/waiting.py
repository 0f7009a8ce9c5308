"""Waiting for a state, with a deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_NEVER = threading.Event()


def until(state: Callable[[], bool], seconds: float, every: float = 0.1) -> bool:
    """Polls until the state is there; false when it is not within the time."""
    deadline = time.monotonic() + seconds
    while not state():
        if time.monotonic() >= deadline:
            return False
        _NEVER.wait(every)
    return True


def pass_time(seconds: float, stop: threading.Event = _NEVER) -> None:
    """Lets a fault last, or a load pace itself, unless told to stop."""
    stop.wait(max(0.0, seconds))
