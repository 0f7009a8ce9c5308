"""Processes as the kernel shows them: children, signals, sockets."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_PIDFD_OPEN, _PIDFD_GETFD = 434, 438
_ESTABLISHED = "01"


def children(parent: int) -> list[int]:
    """The children of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            after_name = stat.read_text().rsplit(")", 1)[1].split()
            if int(after_name[1]) == parent and after_name[0] != "Z":
                found.append(int(stat.parent.name))
    return found


def family(parent: int) -> list[int]:
    """A process and everything below it, the eldest first."""
    found = [parent]
    for child in children(parent):
        found += family(child)
    return found


def command(pid: int) -> str:
    """The command line of a process; empty when it is gone."""
    with contextlib.suppress(OSError):
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    return ""


def send(pids: list[int], which: signal.Signals) -> None:
    """Signals processes; those that are gone do not matter."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, which)


def alive(pid: int) -> bool:
    """Whether a process runs, stopped or not."""
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    return False


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cut_connections(pid: int, remote_port: int) -> int:
    """Shuts a process's TCP connections to a port down, from outside; says how many.

    The descriptor is borrowed from the process (pidfd_getfd), so neither end has a part in it:
    both see a connection that is over, as when a middlebox drops it.
    """
    inodes = _connections_to(remote_port)
    cut = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            target = str(link.readlink())
            if target.startswith("socket:[") and target[8:-1] in inodes:
                _shut_down(pid, int(link.name))
                cut += 1
    return cut


def _connections_to(port: int) -> set[str]:
    """The inodes of established connections whose other end has this port."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _ESTABLISHED and int(fields[2].rsplit(":", 1)[1], 16) == port:
                    found.add(fields[9])
    return found


def _shut_down(pid: int, descriptor: int) -> None:
    handle = _syscall(_PIDFD_OPEN, pid, 0)
    try:
        borrowed = socket.socket(fileno=_syscall(_PIDFD_GETFD, handle, descriptor, 0))
        with borrowed:
            borrowed.shutdown(socket.SHUT_RDWR)
    finally:
        os.close(handle)


def _syscall(number: int, *arguments: int) -> int:
    result = int(_LIBC.syscall(number, *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
