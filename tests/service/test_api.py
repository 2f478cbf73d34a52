"""The service acknowledges what will stay, and says within its budget what it cannot do."""

from __future__ import annotations

import json
import ssl
import time
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.lab.wire import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.service.conftest import Lab, Postgres

from tests.service.conftest import LOOPBACK, free_port

FROZEN = "the database is frozen"


def service(lab: Lab, postgres: Postgres, **more: str) -> int:
    """Start a service of eu-north-1 and return its port."""
    port = free_port()
    variables = {"ZIGGIE_REGION": "eu-north-1", "ZIGGIE_DATABASE": f"{LOOPBACK}:{postgres.port}"}
    names = {"ZIGGIE_DATABASE_NAME": "postgres"}
    lab.program("api", port, variables | names | more)
    return port


def leased(lab: Lab, witness: int) -> dict[str, str]:
    """Return the variables of a service that needs a lease."""
    return {
        "ZIGGIE_WITNESS": f"{LOOPBACK}:{witness}",
        "ZIGGIE_WITNESS_NAME": "api.ziggie.ai",
        "ZIGGIE_CA": str(lab.authority.certificate_path),
    }


@pytest.fixture
def frozen(lab: Lab, postgres: Postgres) -> Iterator[None]:
    """Freeze the database for a test, as a fault does."""
    postgres.process.freeze()
    lab.paths.stuck[postgres.port] = FROZEN
    lab.clock.stir()
    yield
    lab.paths.stuck.clear()
    postgres.process.thaw()
    lab.clock.stir()


def test_an_order_is_written_once_and_read_again(lab: Lab, postgres: Postgres) -> None:
    """A first write answers 201, its repeat 200, and reads find it; every answer names the region."""
    port = service(lab, postgres)
    assert lab.ask(port, "PUT", "/orders/a1").status == 201
    again = lab.ask(port, "PUT", "/orders/a1")
    assert (again.status, again.headers["x-ziggie-region"]) == (200, "eu-north-1")
    assert lab.ask(port, "GET", "/orders/a1").status == 200
    assert lab.ask(port, "GET", "/orders/a2").status == 404
    assert lab.ask(port, "PUT", "/orders/no%20id").status == 400
    assert b"a1" in lab.ask(port, "GET", "/orders").body.splitlines()
    assert lab.ask(port, "GET", "/health").body == b"writer\n"


def test_statements_that_take_turns_are_planned_apart(lab: Lab, postgres: Postgres) -> None:
    """Whatever the order in which a connection sees statements again, each has a name of its own."""
    port = service(lab, postgres)
    for number in range(4):
        assert lab.ask(port, "PUT", f"/orders/turn-{number}").status == 201
        assert lab.ask(port, "GET", f"/orders/turn-{number}").status == 200


def test_a_statement_that_is_planned_goes_by_what_the_database_is(lab: Lab, postgres: Postgres) -> None:
    """Plans are kept with a connection; a changed table, or one that is made anew, is written all the same."""
    port = service(lab, postgres)
    for number in range(8):
        assert lab.ask(port, "PUT", f"/orders/planned-{number}").status == 201
    assert "ON CONFLICT" in postgres.execute("SELECT string_agg(query, ' ') FROM pg_stat_activity")
    postgres.execute("ALTER TABLE orders ADD COLUMN remark text NOT NULL DEFAULT 'none'")
    assert lab.ask(port, "PUT", "/orders/planned-8").status == 201
    postgres.execute("ALTER TABLE orders RENAME TO old_orders")
    missing = lab.ask(port, "PUT", "/orders/planned-9")
    assert (missing.status, json.loads(missing.body)["applied"]) == (503, "no")
    postgres.execute("ALTER TABLE old_orders RENAME TO orders")
    postgres.execute("ALTER TABLE orders DROP COLUMN remark")
    assert lab.ask(port, "PUT", "/orders/planned-9").status == 201
    assert lab.ask(port, "GET", "/orders/planned-8").status == 200


def test_all_orders_are_streamed_in_pages(lab: Lab, postgres: Postgres) -> None:
    """More orders than fit a page all come, each once."""
    postgres.execute("INSERT INTO orders (id, region) SELECT 'page-' || n, 'x' FROM generate_series(1, 4500) n")
    port = service(lab, postgres)
    found = [line for line in lab.ask(port, "GET", "/orders").body.splitlines() if line.startswith(b"page-")]
    assert len(found) == len(set(found)) == 4500


def test_a_read_only_database_is_fenced(lab: Lab, postgres: Postgres) -> None:
    """A database that takes no writes refuses an order as not applied, and fails the deep health check."""
    port = service(lab, postgres)
    postgres.execute("ALTER SYSTEM SET default_transaction_read_only = on")
    postgres.execute("SELECT pg_reload_conf()")
    try:
        time.sleep(0.3)
        refused = lab.ask(port, "PUT", "/orders/b1")
        assert (refused.status, json.loads(refused.body)["applied"]) == (503, "no")
        assert json.loads(lab.ask(port, "GET", "/health").body)["reason"] == "fenced"
    finally:
        postgres.execute("ALTER SYSTEM RESET default_transaction_read_only")
        postgres.execute("SELECT pg_reload_conf()")


def test_an_unreachable_database_is_told_at_once(lab: Lab, postgres: Postgres) -> None:
    """Where nobody listens, nothing was applied, and nobody waits for the budget."""
    port = service(lab, postgres, ZIGGIE_DATABASE=f"{LOOPBACK}:{free_port()}")
    started = lab.clock.now()
    refused = lab.ask(port, "PUT", "/orders/c1")
    assert (refused.status, json.loads(refused.body)["applied"]) == (503, "no")
    assert lab.clock.now() - started < 1.0


@pytest.mark.parametrize(("warm", "applied"), [(True, "unknown"), (False, "no")])
def test_a_frozen_database_costs_its_budget_and_hardly_any_wall_time(
    lab: Lab, postgres: Postgres, request: pytest.FixtureRequest, *, warm: bool, applied: str
) -> None:
    """The answer comes at the budget's end of drill time, skipped; what was sent before is told as unknown."""
    port = service(lab, postgres)
    if warm:
        lab.ask(port, "PUT", "/orders/d0")
    request.getfixturevalue("frozen")
    skipped_seconds, started, wall = lab.clock.skipped_seconds, lab.clock.now(), time.monotonic()
    refused = lab.ask(port, "PUT", f"/orders/d-{warm}")
    assert (refused.status, json.loads(refused.body)["applied"]) == (503, applied)
    assert FROZEN not in json.loads(refused.body)["reason"]
    assert 1.5 <= lab.clock.now() - started < 1.5 + 0.5
    assert lab.clock.skipped_seconds - skipped_seconds > 1.0
    assert time.monotonic() - wall < 0.5


def test_a_service_answers_again_when_its_database_thaws(lab: Lab, postgres: Postgres) -> None:
    """The connections that a freeze spoiled are replaced."""
    port = service(lab, postgres)
    assert lab.ask(port, "PUT", "/orders/e1").status == 201
    postgres.process.freeze()
    lab.paths.stuck[postgres.port] = FROZEN
    assert lab.ask(port, "PUT", "/orders/e2").status == 503
    lab.paths.stuck.clear()
    postgres.process.thaw()
    lab.clock.stir()
    assert lab.ask(port, "PUT", "/orders/e3").status == 201


def test_a_lapsed_lease_refuses_writes(lab: Lab, postgres: Postgres) -> None:
    """A service holds its lease while the witness answers; cut off from it, it refuses writes when the lease lapses."""
    witness = free_port()
    program = lab.program("witness", witness, {"ZIGGIE_LEASES": str(lab.directory / "leases")})
    port = service(lab, postgres, **leased(lab, witness))
    for _ in range(50):
        if lab.ask(port, "GET", "/health").status == 200:
            break
        lab.clock.sleep(0.1)
    assert lab.ask(port, "PUT", "/orders/f1").status == 201
    lab.clock.sleep(60.0)
    assert lab.ask(port, "PUT", "/orders/f2").status == 201
    holder = json.loads(lab.ask(witness, "GET", "/lease/writer").body)
    assert holder["holder"] == "eu-north-1"
    taken = lab.ask(witness, "PUT", "/lease/writer", b'{"holder": "eu-west-1", "seconds": 10}')
    assert (taken.status, json.loads(taken.body)["holder"]) == (409, "eu-north-1")
    # The service's way to the witness is cut: its real packets still pass on loopback, so the witness is frozen too.
    program.freeze()
    lab.paths.stuck[witness] = "packets vanish"
    lab.link.suspend(f"witness {witness}")
    lab.clock.sleep(11.0)
    refused = lab.ask(port, "PUT", "/orders/f3")
    told = json.loads(refused.body)
    assert (refused.status, told["applied"]) == (503, "no")
    assert told["reason"].startswith("fenced: the lease is not valid, ")
    assert lab.ask(port, "GET", "/health").status == 503


def test_the_service_starts_and_answers_quickly(lab: Lab, postgres: Postgres) -> None:
    """Starting takes a fraction of a second, a request over a new TLS connection some milliseconds."""
    wall = time.monotonic()
    port = service(lab, postgres)
    started = time.monotonic() - wall
    lab.ask(port, "PUT", "/orders/g-warm")
    wall = time.monotonic()
    for number in range(50):
        lab.ask(port, "PUT", f"/orders/g{number}")
    each = (time.monotonic() - wall) / 50
    print(f"start {started:.3f} s, PUT {each * 1000:.2f} ms")  # noqa: T201 - shown with -s
    assert started < 5.0
    assert each < 0.1


def test_a_service_of_names_refuses_who_names_none(lab: Lab, postgres: Postgres) -> None:
    """Who names the host is served, also the page that is always there.

    Source: botocore service model, HealthCheckConfig.EnableSNI: the status without it is "SSL alert handshake_failure".
    """
    port = service(lab, postgres, ZIGGIE_NAMES="api.ziggie.ai")
    assert lab.ask(port, "GET", "/").body == b"Ziggie\n"
    nobody = lab.authority.client_context()
    nobody.check_hostname = False
    for name in (None, "www.ziggie.ai"):
        with Line(lab.clock, lab.paths, "internet", LOOPBACK, port) as line:
            until = lab.clock.now() + 4.0
            line.connect(until)
            with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
                line.start_tls(nobody, name, until)
