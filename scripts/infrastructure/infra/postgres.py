"""A primary over TCP with TLS, a synchronous replica of it, and a pooler before it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from auditor import processes
from auditor.processes import free_port
from auditor.sql import Database, Failed
from auditor.waiting import until

from .services import Service, give, unprivileged

USER, PASSWORD, NAME = "telemetron", "secret-of-postgres", "telemetron"
_START_SECONDS = 60.0

_SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{home}'
ssl = on
ssl_key_file = '{key}'
ssl_cert_file = '{certificate}'
max_connections = 100
wal_level = replica
hot_standby = on
wal_receiver_timeout = 5s
"""

# The user `telemetron` may come in plain text; `encrypted` may not.
_ACCESS = """
local all all trust
hostnossl all encrypted 127.0.0.1/32 reject
host replication all 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""


def binaries() -> Path:
    """The folder of the newest Postgres that is installed."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    newest = sorted(installed, key=lambda path: int(path.parts[-3]), reverse=True)
    found = newest[0] if newest else Path(shutil.which("postgres") or "")
    return found.parent


class Server:
    """One Postgres."""

    def __init__(self, home: Path, key: Path, certificate: Path) -> None:
        home.mkdir()
        self.home, self.data = home, home / "data"
        self.port = free_port()
        for source, target in ((key, "server.key"), (certificate, "server.pem")):
            (home / target).write_text(source.read_text())
            (home / target).chmod(0o600)
        give(home, unprivileged())
        program = str(binaries() / "postgres")
        command = [program, "-D", str(self.data)]
        self.service = Service("Postgres", command, home / "server.log", unprivileged())

    def tool(self, program: str, *arguments: str) -> None:
        """Runs one of Postgres's own programs."""
        user = unprivileged()
        done = subprocess.run(
            [str(binaries() / program), *arguments],
            cwd=self.home,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.strip()}")

    def create(self) -> None:
        """Makes a new cluster."""
        self.tool("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8")
        self.configure("")
        (self.data / "pg_hba.conf").write_text(_ACCESS)

    def configure(self, more: str) -> None:
        """Adds to the settings; the last ones count."""
        settings = _SETTINGS.format(
            port=self.port,
            home=self.home,
            key=self.home / "server.key",
            certificate=self.home / "server.pem",
        )
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(settings + more)

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self.service.start()
        self.await_answer()

    def await_answer(self) -> None:
        """Waits until it answers."""
        if not until(self.answers, _START_SECONDS, 0.1):
            raise RuntimeError(f"Postgres does not answer: {self.service.last_words()}")

    def answers(self) -> bool:
        """Whether it answers."""
        try:
            return self.admin().execute("SELECT 1;", 5).strip() == "1"
        except Failed:
            return False

    def admin(self, database: str = "postgres") -> Database:
        """As its superuser."""
        return Database(f"postgresql://postgres@/{database}?host={self.home}&port={self.port}")

    def prepare(self) -> None:
        """The product's database, and who may use it."""
        for user in (USER, "encrypted"):
            self.admin().execute(f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}';")
        self.admin().execute(f"CREATE DATABASE {NAME} OWNER {USER};")
        # Whatever it makes belongs to the other.
        self.admin().execute(
            f"GRANT {USER} TO encrypted; ALTER ROLE encrypted SET role = '{USER}';"
        )

    def url(self, user: str = USER, host: str = "127.0.0.1", more: str = "") -> str:
        """The product's database."""
        return f"postgres://{user}:{PASSWORD}@{host}:{self.port}/{NAME}{more}"

    def follow(self, primary: Server) -> None:
        """Becomes a replica of another, which waits for it from now on."""
        self.tool(
            *("pg_basebackup", "-D", str(self.data), "-R", "-X", "stream", "-c", "fast"),
            *("-d", f"host=127.0.0.1 port={primary.port} user=postgres application_name=replica"),
        )
        self.configure("\nsynchronous_standby_names = ''\n")
        self.start()
        primary.admin().execute("ALTER SYSTEM SET synchronous_standby_names = 'replica';")
        primary.admin().execute("SELECT pg_reload_conf();")
        state = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync';"
        if not until(lambda: primary.admin().execute(state).strip() == "1", _START_SECONDS):
            raise RuntimeError(f"the replica does not follow: {self.service.last_words()}")

    def forget(self) -> None:
        """Ends it for good, with its data."""
        processes.send(processes.family(self.service.pid), signal.SIGCONT)
        self.service.kill()
        shutil.rmtree(self.data)

    def promote(self) -> None:
        """Becomes the primary."""
        self.tool("pg_ctl", "promote", "-D", str(self.data), "-w")

    def stop(self) -> None:
        """Ends it at once; its data is not needed any more."""
        self.service.stop(signal.SIGQUIT)


class Pooler:
    """PgBouncer in transaction mode."""

    def __init__(self, home: Path, server: Server) -> None:
        home.mkdir()
        self.port = free_port()
        settings = home / "pgbouncer.ini"
        users = home / "users.txt"
        users.write_text(f'"{USER}" "{PASSWORD}"\n')
        settings.write_text(
            "[databases]\n"
            f"{NAME} = host=127.0.0.1 port={server.port} dbname={NAME}\n"
            "[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = scram-sha-256\nauth_file = {users}\npool_mode = transaction\n"
            "max_client_conn = 200\ndefault_pool_size = 20\n"
        )
        give(home, unprivileged())
        program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin") or "pgbouncer"
        log = home / "pgbouncer.log"
        self.service = Service("PgBouncer", [program, str(settings)], log, unprivileged())

    @staticmethod
    def installed() -> bool:
        """Whether it can be had here."""
        return shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin") is not None

    @property
    def url(self) -> str:
        """The product's database behind it."""
        return f"postgres://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{NAME}"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self.service.start()

        def answers() -> bool:
            try:
                return Database(self.url).execute("SELECT 1;", 5).strip() == "1"
            except Failed:
                return False

        if not until(answers, 20):
            raise RuntimeError(f"PgBouncer does not answer: {self.service.last_words()}")
