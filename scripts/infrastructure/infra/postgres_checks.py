"""TLS, failover and a pooler."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from auditor.waiting import until

from .audited import Audited, while_it_runs
from .certificates import Authority
from .checks import Checks, Skip, must
from .kafka_checks import last_line
from .postgres import NAME, PASSWORD, USER, Pooler, Server
from .product import ForeignPlatform, Product


def encryption(
    checks: Checks, product: Product, server: Server, ours: Authority, other: Path
) -> None:
    """Each `sslmode`, with the right authority and with another."""
    trusted, foreign = f"&sslrootcert={ours.file}", f"&sslrootcert={other}"

    def migrates(user: str, more: str, host: str = "127.0.0.1") -> Callable[[], None]:
        def act() -> None:
            made = product.run({"DATABASE_URL": server.url(user, host, more)}, "migrate")
            must(made.code == 0, last_line(made.words))

        return act

    def refused(more: str, words: tuple[str, ...], user: str = "encrypted") -> Callable[[], str]:
        def act() -> str:
            made = product.run({"DATABASE_URL": server.url(user, more=more)}, "migrate", seconds=40)
            said = last_line(made.words)
            must(made.code not in (0, -1), f"ended with {made.code}: {said}")
            must(any(word in made.words.lower() for word in words), f"none of {words}: {said}")
            return said

        return act

    # The role `encrypted` is refused in plain text: what works for it is encrypted.
    checks.check("sslmode=require is encrypted", migrates("encrypted", "?sslmode=require"))
    checks.check("sslmode=prefer is encrypted", migrates("encrypted", "?sslmode=prefer"))
    both = f"?sslmode=verify-ca{trusted}"
    checks.check("sslmode=verify-ca with our CA", migrates("encrypted", both))
    checks.check(
        "sslmode=verify-ca with another CA is refused",
        refused(f"?sslmode=verify-ca{foreign}", ("certificate", "issuer")),
    )
    whole = f"?sslmode=verify-full{trusted}"
    checks.check(
        "sslmode=verify-full with the right name", migrates("encrypted", whole, "localhost")
    )
    checks.check(
        "sslmode=verify-full with another name is refused",
        refused(whole, ("certificate", "name")),
    )
    checks.check(
        "sslmode=disable is plain text, which this role may not",
        refused("?sslmode=disable", ("pg_hba", "no encryption", "reject")),
    )


def plain_text(checks: Checks, product: Product, server: Server) -> None:
    """A server without TLS: `prefer` goes on, and says that it is plain."""

    def said() -> str:
        server.admin().execute("ALTER SYSTEM SET ssl = off;")
        server.admin().execute("SELECT pg_reload_conf();")
        off = until(lambda: server.admin().execute("SHOW ssl;").strip() == "off", 10)
        try:
            must(off, "the server keeps TLS")
            made = product.run({"DATABASE_URL": server.url(more="?sslmode=prefer")}, "migrate")
            must(made.code == 0, last_line(made.words))
            words = [line for line in made.words.lower().splitlines() if _names_plain(line)]
            must(bool(words), f"nobody says that it is not encrypted: {made.words}")
            return last_line("\n".join(words))
        finally:
            server.admin().execute("ALTER SYSTEM RESET ssl;")
            server.admin().execute("SELECT pg_reload_conf();")

    def required() -> str:
        made = product.run({"DATABASE_URL": server.url(more="?sslmode=bogus")}, "migrate")
        must(made.code not in (0, -1), f"ended with {made.code}: {made.words}")
        return last_line(made.words)

    checks.check("sslmode=prefer on a server without TLS says that it is plain text", said)
    checks.check("an unknown sslmode is refused", required)


def _names_plain(line: str) -> bool:
    return any(word in line for word in ("plain", "not encrypted", "unencrypted", "without tls"))


def failover(checks: Checks, platform: ForeignPlatform, primary: Server, replica: Server) -> None:
    """The primary dies, its synchronous replica takes over; `up` is not started again."""

    def promoted(audited: Audited) -> str:
        process = platform.pid
        primary.service.kill()
        said = audited.says_not_ready("postgres")
        replica.promote()
        platform.read_from(replica.admin(NAME))
        took = audited.flows()
        audited.becomes_ready()
        must(platform.pid == process and not platform.ended, "`up` was started again")
        return f"flows {took:.1f} s after the promotion; meanwhile /ready said {said}"

    checks.check(
        "the replica is promoted: nothing acknowledged is lost, nothing is started again",
        lambda: while_it_runs(platform, promoted),
    )


def pooler(checks: Checks, product: Product, home: Path, server: Server, servers: str) -> None:
    """PgBouncer in transaction mode works, or is refused with a sentence."""

    def act() -> str:
        if not Pooler.installed():
            raise Skip("PgBouncer is not installed; its Debian package is `pgbouncer`")
        bouncer = Pooler(home / "pgbouncer", server)
        bouncer.start()
        database = server.admin(NAME)
        platform = ForeignPlatform(product.binary, home / "pooled", servers, database, bouncer.url)
        try:
            try:
                platform.begin()
            except AssertionError:
                if _refused(platform):
                    return platform.last_words(1)
                raise
            return while_it_runs(platform, lambda audited: f"works, {audited.flows():.1f} s")
        finally:
            platform.close()
            bouncer.service.stop()

    checks.check("PgBouncer in transaction mode works or is refused with a sentence", act)


def _refused(platform: ForeignPlatform) -> bool:
    words = platform.last_words(2).lower()
    return "pgbouncer" in words and "transaction" in words


def hosts(primary: Server, replica: Server) -> str:
    """The address of both: whichever takes writes."""
    both = f"127.0.0.1:{replica.port},127.0.0.1:{primary.port}"
    return f"postgres://{USER}:{PASSWORD}@{both}/{NAME}?target_session_attrs=read-write"
