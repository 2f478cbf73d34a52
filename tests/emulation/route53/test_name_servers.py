"""Route 53's data plane as a process of its own answers, fails over, and says what its variables lack."""

from __future__ import annotations

import socket
import threading

import dns.message
import dns.query
import pytest

from ziggie_harness.emulation.route53.name_servers import health_checks, serve, served_zone
from ziggie_harness.model.errors import LabError

TOLD = {
    "ZIGGIE_ZONE": "ziggie.ai",
    "ZIGGIE_NAME": "api.ziggie.ai",
    "ZIGGIE_PRIMARY": "13.48.10.110",
    "ZIGGIE_SECONDARY": "34.240.20.110",
}


def test_the_zone_is_a_failover_pair() -> None:
    """Both records have the name and a health check each."""
    primary, secondary = served_zone(TOLD).records
    assert (primary.name, primary.values, primary.failover) == ("api.ziggie.ai.", ("13.48.10.110",), "PRIMARY")
    assert (secondary.values, secondary.ttl_seconds) == (("34.240.20.110",), 60)
    assert [check.id for check in health_checks(TOLD)] == [primary.health_check_id, secondary.health_check_id]


def test_the_primary_is_given_up_first() -> None:
    """The interval of the primary's check can be chosen, the secondary's is longer than a promotion."""
    assert [check.interval_seconds for check in health_checks({**TOLD, "ZIGGIE_INTERVAL_SECONDS": "30"})] == [30, 30]
    assert [check.interval_seconds for check in health_checks(TOLD)] == [10, 30]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"ZIGGIE_PRIMARY": ""}, "ZIGGIE_PRIMARY is not set"), ({"ZIGGIE_TTL_SECONDS": "soon"}, "'soon'")],
)
def test_a_wrong_variable_is_named(wrong: dict[str, str], said: str) -> None:
    """The message names the variable."""
    with pytest.raises(LabError, match=said):
        served_zone({**TOLD, **wrong})


def test_it_answers_until_it_is_told_to_end() -> None:
    """A question by UDP is answered with the primary, whose check is new and so counts as healthy."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Nothing listens there, and the checkers' first look is far away.
    told = {
        **TOLD,
        "ZIGGIE_LISTEN": f"127.0.0.1:{port}",
        "ZIGGIE_PRIMARY": "127.0.0.2",
        "ZIGGIE_SECONDARY": "127.0.0.3",
    }
    ended = threading.Event()
    server = threading.Thread(target=serve, args=(told, ended))
    server.start()
    try:
        question = dns.message.make_query("api.ziggie.ai", "A")
        # By TCP first, again and again: a datagram that comes before somebody listens is lost.
        while not _listens(port):
            assert server.is_alive()
        answer = dns.query.udp(question, "127.0.0.1", port=port, timeout=30)
    finally:
        ended.set()
        server.join(30)
    assert [str(datum) for datum in answer.answer[0]] == ["127.0.0.2"]


def _listens(port: int) -> bool:
    """Say whether something takes connections on a port of this machine."""
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0
