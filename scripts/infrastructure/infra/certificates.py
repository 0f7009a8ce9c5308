"""A certificate authority of our own, what it signs, and another that nobody here trusts."""

from __future__ import annotations

import subprocess
from pathlib import Path


def run(*command: str | Path, where: Path) -> None:
    """Runs openssl; its words are shown when it fails."""
    done = subprocess.run(
        [str(part) for part in command], cwd=where, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(str(part) for part in command)}: {done.stderr.strip()}")


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, home: Path, name: str) -> None:
        home.mkdir(parents=True)
        self.home = home
        self.file = home / "ca.pem"
        run(
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"),
            *("-subj", f"/CN={name}", "-keyout", "ca.key", "-out", "ca.pem"),
            where=home,
        )

    def sign(self, name: str, names: str) -> tuple[Path, Path]:
        """A key and a certificate for these names, as `DNS:localhost,IP:127.0.0.1`."""
        (self.home / f"{name}.ext").write_text(f"subjectAltName={names}\n")
        run(
            *("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"),
            *("-keyout", f"{name}.key", "-out", f"{name}.csr"),
            where=self.home,
        )
        run(
            *("openssl", "x509", "-req", "-in", f"{name}.csr", "-days", "30", "-CA", "ca.pem"),
            *("-CAkey", "ca.key", "-CAcreateserial", "-extfile", f"{name}.ext"),
            *("-out", f"{name}.pem"),
            where=self.home,
        )
        return self.home / f"{name}.key", self.home / f"{name}.pem"
