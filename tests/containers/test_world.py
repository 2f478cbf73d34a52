"""The compose project comes up whole, works as the lab does, and leaves nothing."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ziggie_harness.lab.sites import SITES

ROOT = Path(__file__).resolve().parents[2]
PROJECT = f"ziggie-test-{os.getpid()}"
LOCK = Path(tempfile.gettempdir()) / "ziggie-test-compose.lock"
NAMES, NORTH, WEST = "205.251.192.153", "13.48.10.110", "34.240.20.110"

pytestmark = pytest.mark.slow


def docker(*arguments: str, within_seconds: float = 60) -> subprocess.CompletedProcess[str]:
    """Run docker."""
    return subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, check=False, timeout=within_seconds, cwd=ROOT
    )


def compose(*arguments: str) -> str:
    """Run docker compose for this test's project, and return what it says."""
    done = docker("compose", "--project-name", PROJECT, *arguments, within_seconds=300)
    assert done.returncode == 0, done.stderr[-3000:] + docker("compose", "-p", PROJECT, "ps", "--all").stdout
    return done.stdout


def obstacle() -> str | None:
    """Say why the project cannot be brought up here, or return None."""
    if not shutil.which("docker") or docker("version").returncode:
        return "no Docker engine answers here"
    if docker("compose", "version").returncode:
        return "docker has no compose plugin here: python3 containers/build.py gets one"
    if missing := [
        image for image in set(compose("config", "--images").split()) if docker("image", "inspect", image).returncode
    ]:
        return f"there is no image {', '.join(sorted(missing))}: python3 containers/build.py builds them"
    if docker("network", "ls", "--quiet", "--filter", "label=ziggie.run=compose").stdout:
        return "another project has the lab's networks already: docker compose down"
    return None


@pytest.fixture(scope="module")
def world() -> Iterator[None]:
    """Bring the project up for the tests of this module; another worker of the same tests waits until it is down."""
    with LOCK.open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if reason := obstacle():
            pytest.skip(reason)
        try:
            compose("up", "--detach", "--wait")
            yield
        finally:
            docker("compose", "--project-name", PROJECT, "down", "--volumes", "--timeout", "5", within_seconds=120)


def client(*command: str) -> str:
    """Run a command as a client on the internet, who trusts the project's authority; return what it says."""
    run = ["run", "--rm", f"--network=container:{PROJECT}-internet-1", f"--volume={PROJECT}_secrets:/run/ziggie:ro"]
    return docker(*run, "ziggie/service:1", *command).stdout.strip()


def curl(path: str, *further: str) -> str:
    """Ask the service by its public name, and return its answer and status."""
    ask = ["curl", "--silent", "--max-time", "5", "--cacert", "/run/ziggie/ca.pem", "--write-out", " %{http_code}"]
    return client(*ask, *further, f"https://api.ziggie.ai{path}")


def looked_up() -> str:
    """Ask the name servers where the service is."""
    return client("dig", "+short", "+time=2", "+tries=1", f"@{NAMES}", "api.ziggie.ai")


def sql(region: str, statement: str) -> Sequence[str]:
    """Ask the database of a region."""
    ask = ["exec", "-T", f"postgres-{region}", "psql", "-U", "postgres", "-d", "ziggie", "-Atc", statement]
    return compose(*ask).split()


@pytest.mark.usefixtures("world")
def test_an_order_is_acknowledged_and_replicated() -> None:
    """The public name leads to the primary region, which takes an order; the other region's database has it."""
    assert looked_up() == NORTH
    assert curl("/orders/o-1", "--request", "PUT").endswith(" 201")
    assert curl("/orders", "--resolve", f"api.ziggie.ai:443:{WEST}").split() == ["o-1", "200"]
    assert sql("eu-west-1", "SELECT id FROM orders") == ["o-1"]
    assert sql("eu-west-1", "SELECT pg_is_in_recovery()") == ["t"]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("place", [*(site.name for site in SITES), "router"])
def test_nothing_leads_out(place: str) -> None:
    """In each place, an address that is not of the lab is unreachable at once."""
    asked = docker("compose", "--project-name", PROJECT, "exec", "-T", place, "ip", "route", "get", "198.51.100.1")
    assert "Network is unreachable" in asked.stderr


@pytest.mark.usefixtures("world")
def test_this_machine_is_not_in_the_lab() -> None:
    """The engine has no address in the lab's networks, so this machine keeps its own way to the real ones."""
    shown = docker("network", "inspect", f"{PROJECT}_eu-north-1", "--format", "{{json .Options}}").stdout
    assert json.loads(shown)["com.docker.network.bridge.inhibit_ipv4"] == "true"
    routes = Path("/proc/net/route").read_text(encoding="ascii")
    assert "000A300D" not in routes  # 13.48.10.0, as the kernel writes it


@pytest.mark.usefixtures("world")
def test_a_region_is_cut_off_and_comes_back() -> None:
    """Without the router's cable the region is gone; with it, it answers as before."""
    network, router = f"{PROJECT}_eu-north-1", f"{PROJECT}-router-1"
    direct = ["--resolve", f"api.ziggie.ai:443:{NORTH}"]
    assert docker("network", "disconnect", network, router).returncode == 0
    try:
        assert curl("/", *direct) == "000"
    finally:
        assert docker("network", "connect", "--ip", "13.48.10.1", network, router).returncode == 0
    assert curl("/", *direct).split() == ["Ziggie", "200"]


@pytest.mark.usefixtures("world")
def test_a_region_finds_its_ways_again() -> None:
    """A region whose own network was taken away has its routes again when it is back."""
    network, place = f"{PROJECT}_eu-north-1", f"{PROJECT}-eu-north-1-1"
    before = sorted(line.split(" dev ")[0] for line in compose("exec", "-T", "eu-north-1", "ip", "route").splitlines())
    assert docker("network", "disconnect", network, place).returncode == 0
    assert docker("network", "connect", "--ip", "13.48.10.100", network, place).returncode == 0
    script = 'until [ "$(ip route | wc -l)" = "$1" ]; do sleep 0.1; done; ip route'
    told = compose("exec", "-T", "eu-north-1", "timeout", "20", "bash", "-c", script, "bash", str(len(before)))
    assert sorted(line.split(" dev ")[0] for line in told.splitlines()) == before


@pytest.mark.usefixtures("world")
def test_the_replica_set_has_three_members() -> None:
    """MongoDB has a primary and two secondaries, which copy from it."""
    program = (
        "from pymongo import MongoClient; from pathlib import Path;"
        "password = Path('/run/ziggie/mongo.password').read_text();"
        "client = MongoClient('13.48.10.140', replicaSet='ziggie', tls=True, tlsCAFile='/run/ziggie/ca.pem',"
        " username='ziggie', password=password, authSource='ziggie', w=3, wTimeoutMS=20000);"
        "client.ziggie.orders.insert_one({'_id': 'o-1'}); print(len(client.nodes))"
    )
    assert client("python3", "-c", program) == "3"


def test_it_leaves_nothing(request: pytest.FixtureRequest) -> None:
    """Down with its volumes, nothing with the project's name is left."""
    request.getfixturevalue("world")
    compose("down", "--volumes", "--timeout", "5")
    mine = f"label=com.docker.compose.project={PROJECT}"
    for kind in (["ps", "--all"], ["network", "ls"], ["volume", "ls"]):
        assert docker(*kind, "--quiet", "--filter", mine).stdout == ""
