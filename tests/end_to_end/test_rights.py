"""The same drill with few rights, and an honest end with none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.end_to_end.conftest import CONFINED, required, written_feature
from ziggie_harness.evidence.numbers import properties
from ziggie_harness.evidence.row import Ending
from ziggie_harness.evidence.run_record import read_run, verify_run
from ziggie_harness.evidence.signing import PUBLIC_NAME, public_key
from ziggie_harness.kernel import namespaces

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Place

pytestmark = pytest.mark.slow

# Root without root's powers stands in for another user, who may not reach this interpreter. CAP_SETFCAP stays: a
# user namespace whose root is the host's needs it of its maker (user_namespaces(7), since Linux 5.12).
POWERLESS = ("setpriv", "--bounding-set=-all,+setfcap", "--inh-caps=-all", "--")

# A user namespace in which no namespace can be made is a host that allows none, whoever owns the host. Here it is root
# who is locked up, as in a container without privileges, and nobody's server runs as root.
NO_NAMESPACES = (
    *("unshare", "--user", "--map-root-user", "--", "sh", "-c"),
    'for kind in user net mnt pid; do echo 0 > /proc/sys/user/max_${kind}_namespaces; done; exec "$@"',
    "sh",
    *POWERLESS,
)


def without_rights() -> list[str]:
    """Return what to put in front of a command so that it runs as somebody without root's powers."""
    return list(POWERLESS) if namespaces.may_administrate() else []


@pytest.mark.usefixtures("drills_play")
def test_a_drill_needs_no_root(place: Place) -> None:
    """In an unprivileged user namespace the primary region goes dark as well, and real databases take over."""
    required(*without_rights(), "unshare", "--user", "--map-root-user", "--net", "true")
    report = place.directory / "report.xml"
    done = place.finish([*without_rights(), *place.command(*place.outage, f"--junitxml={report}")])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 scenario: 1 passed." in done.stdout
    assert not list(place.state.iterdir())
    run = read_run(place.evidence)
    assert [one.row.ending for one in run.scenarios] == [Ending.PASSED]
    assert run.complete
    told = {one.get("name"): one.get("value") for one in ET.parse(report).iter("property")}  # noqa: S314 - ours
    assert told["RTO_seconds"]
    assert properties(run.scenarios[0]).items() <= told.items()
    assert list(verify_run(place.evidence, public_key(place.directory / "home" / "ziggie" / PUBLIC_NAME))) == []


@pytest.mark.usefixtures("drills_play")
def test_the_doctor_finds_all_without_root(place: Place) -> None:
    """The doctor tells that drills play in a user namespace, and its status is 0."""
    required(*without_rights(), "unshare", "--user", "--map-root-user", "--net", "true")
    done = place.finish([*without_rights(), *place.ziggie("doctor")])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "in an unprivileged user namespace" in done.stdout


def test_root_without_namespaces_proves_nothing(place: Place) -> None:
    """Every scenario is skipped with reason and remedy, and the status is that of a run in which nothing ran."""
    required(*NO_NAMESPACES, "true")
    done = place.finish([*NO_NAMESPACES, *place.command("features/region")])
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, done.stdout + done.stderr
    assert "Nothing was proved: no drill could be played here." in done.stdout
    assert "PostgreSQL refuses root" in done.stdout
    assert "run as another user" in " ".join(done.stdout.split())
    assert " passed" not in done.stdout
    run = read_run(place.evidence)
    assert sorted(path.name for path in place.evidence.iterdir()) == ["run.json", "run.json.dsse"]
    assert {one.row.ending for one in run.unplayed} == {Ending.SKIPPED}
    reasons = ("PostgreSQL refuses root", "a partition needs network namespaces")
    assert all(one.row.sentence.startswith(reasons) for one in run.unplayed)


@pytest.mark.usefixtures("database_found")
def test_an_ordinary_user_without_namespaces_plays_on_one_loopback(place: Place) -> None:
    """What a crash can express is played for real and told as emulated; a partition is skipped with its reason."""
    required(*CONFINED, "true")
    done = place.finish([*CONFINED, *place.command(str(written_feature(place)))])
    said = " ".join(done.stdout.split())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 scenarios: 2 passed, 1 skipped." in said
    assert "a partition needs network namespaces" in said
    assert "network emulated: this machine's loopback" in said
    assert not list(place.state.iterdir())
    run = read_run(place.evidence)
    assert [one.row.ending for one in run.scenarios] == [Ending.PASSED, Ending.PASSED, Ending.SKIPPED]
    for sealed in place.evidence.glob("*/provenance.json"):
        network = json.loads(sealed.read_text(encoding="utf-8"))["capabilities"]["network"]
        assert network["fidelity"] == "EMULATED"
        assert "loopback" in network["behind"]


def test_the_doctor_tells_what_plays_all_the_same(place: Place) -> None:
    """An ordinary user hears of the loopback, and by what right nothing outlives a killed harness."""
    required(*CONFINED, "true")
    done = place.finish([*CONFINED, *place.ziggie("doctor")])
    assert done.returncode == 1, done.stdout + done.stderr
    said = " ".join(done.stdout.split())
    assert "regions on this machine's loopback instead yes" in said
    assert "servers that refuse root yes this user is not root" in said


def test_the_doctor_tells_what_is_missing(place: Place) -> None:
    """Without namespaces the doctor's status is 1, and each thing that is needed comes with its remedy."""
    required(*NO_NAMESPACES, "true")
    done = place.finish([*NO_NAMESPACES, *place.ziggie("doctor")])
    assert done.returncode == 1, done.stdout + done.stderr
    said = " ".join(done.stdout.split())
    assert "right to make namespaces NO " in said
    assert "next: run as root, or allow unprivileged user namespaces" in done.stdout
    assert "Scenarios will be skipped: right to make namespaces, servers that refuse root missing." in done.stdout
