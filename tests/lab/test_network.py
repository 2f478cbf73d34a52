"""The lab's network: sites that talk, cuts that are silent and one-way, owners that compose."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.lab.loss import obstacle, share_lost
from ziggie_harness.lab.network import Network
from ziggie_harness.lab.sites import SERVICE_HOST, SITES, site_named
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT, PRIMARY, SECONDARY = "internet", "eu-north-1", "eu-west-1"
ADDRESS = site_named(PRIMARY).host(SERVICE_HOST)
SILENCE_SECONDS = 0.15
"""Longer than any answer takes in the lab, by a factor of a hundred."""
NEAR = 0.08
"""How far a share that was counted may be from the one that was asked for; ``lost`` tells why."""


@contextmanager
def of_namespaces(_request: pytest.FixtureRequest) -> Iterator[Network]:
    """Make the embedded backend's network."""
    try:
        with Network() as made:
            yield made
    except LabError as error:
        pytest.skip(str(error))


@contextmanager
def of_an_engine(request: pytest.FixtureRequest) -> Iterator[Network]:
    """Make the network of the backend `containers`."""
    request.getfixturevalue("container_engine")
    from ziggie_harness.backends.containers.engine import Engine  # noqa: PLC0415 - slow to import
    from ziggie_harness.backends.containers.layout import EngineLayout  # noqa: PLC0415 - as above

    engine = Engine("test")
    with closing(engine), Network(laid=lambda: EngineLayout(engine)) as made:
        yield made


@pytest.fixture(scope="module", params=[of_namespaces, of_an_engine])
def network(request: pytest.FixtureRequest) -> Iterator[Network]:
    """Make one network of each kind for all tests here; each test leaves it as it was."""
    with request.param(request) as made:
        yield made


@pytest.fixture(scope="module")
def lossy() -> None:
    """Skip where the kernel loses no packets by chance."""
    if reason := obstacle():
        pytest.skip(reason)


@pytest.fixture
def listener(network: Network) -> Iterator[socket.socket]:
    """Listen at the primary's service address."""
    with network.inside(PRIMARY):
        server = socket.create_server((ADDRESS, 443))
    with server:
        yield server


def connect(network: Network, site: str, address: str = ADDRESS, port: int = 443) -> str:
    """Connect from a site and say what came of it."""
    with network.inside(site), socket.socket() as client:
        client.settimeout(SILENCE_SECONDS)
        try:
            client.connect((address, port))
        except TimeoutError:
            return "silence"
        except ConnectionRefusedError:
            return "refused"
        return "connected"


@pytest.mark.usefixtures("listener")
def test_sites_talk(network: Network) -> None:
    """A client reaches a region's server, and is refused where nobody listens."""
    assert connect(network, CLIENT) == "connected"
    assert connect(network, CLIENT, port=444) == "refused"


def test_every_host_of_a_site_can_be_bound(network: Network) -> None:
    """Any address of a site can serve and call, without being configured; the default is host 100."""
    with network.inside("edge"), socket.create_server((site_named("edge").host(53), 53)) as server:
        with network.inside(CLIENT), socket.socket() as chosen, socket.socket() as default:
            chosen.bind((site_named(CLIENT).host(7), 0))
            for client in (chosen, default):
                client.connect(server.getsockname())
        accepted = [server.accept() for _ in range(2)]
        for connection, _ in accepted:
            connection.close()
        assert [caller[0] for _, caller in accepted] == ["81.2.69.7", "81.2.69.100"]


@pytest.mark.parametrize("direction", [(CLIENT, PRIMARY), (PRIMARY, CLIENT)])
@pytest.mark.usefixtures("listener")
def test_a_one_way_cut_is_silent(network: Network, direction: tuple[str, str]) -> None:
    """With either direction cut a connection neither succeeds nor is refused; other sites notice nothing."""
    with network.severed(*direction):
        assert connect(network, CLIENT) == "silence"
        assert connect(network, SECONDARY) == "connected"
    assert connect(network, CLIENT) == "connected"


def test_the_other_direction_passes(network: Network) -> None:
    """Datagrams still flow against a one-way cut, and vanish along it."""
    near, far = (site_named(CLIENT).host(9), 9), (ADDRESS, 9)
    with network.inside(CLIENT):
        client = socket.socket(type=socket.SOCK_DGRAM)
        client.bind(near)
    with network.inside(PRIMARY):
        server = socket.socket(type=socket.SOCK_DGRAM)
        server.bind(far)
    with client, server, network.severed(CLIENT, PRIMARY):
        client.settimeout(SILENCE_SECONDS)
        server.settimeout(SILENCE_SECONDS)
        client.sendto(b"lost", far)
        server.sendto(b"passes", near)
        assert client.recv(16) == b"passes"
        with pytest.raises(TimeoutError):
            server.recv(16)


def test_a_cut_silences_an_open_connection(network: Network, listener: socket.socket) -> None:
    """A connection made before a cut is neither reset nor closed by it, only silent."""
    with network.inside(CLIENT):
        client = socket.create_connection((ADDRESS, 443))
    connection, _ = listener.accept()
    with client, connection, network.severed(PRIMARY, CLIENT):
        client.settimeout(SILENCE_SECONDS)
        connection.sendall(b"x")
        with pytest.raises(TimeoutError):
            client.recv(1)


@pytest.mark.usefixtures("listener")
def test_isolation(network: Network) -> None:
    """An isolated site is dark for all others, still hears itself, and returns."""
    network.isolate(PRIMARY)
    assert {connect(network, site.name) for site in SITES if site.name != PRIMARY} == {"silence"}
    assert connect(network, PRIMARY) == "connected"
    assert len(network.cuts()) == 2 * (len(SITES) - 1)
    network.rejoin(PRIMARY)
    assert connect(network, CLIENT) == "connected"
    assert network.cuts() == frozenset()


@pytest.mark.usefixtures("listener")
def test_overlapping_cuts_compose(network: Network) -> None:
    """Healing one fault's cut does not heal the other's."""
    network.cut(CLIENT, PRIMARY, by="partition")
    network.isolate(PRIMARY)
    network.isolate(CLIENT)
    network.rejoin(PRIMARY)
    assert connect(network, CLIENT) == "silence"
    network.rejoin(CLIENT)
    assert network.cuts() == {(CLIENT, PRIMARY)}
    assert connect(network, CLIENT) == "silence"
    network.heal(CLIENT, PRIMARY, by="partition")
    assert connect(network, CLIENT) == "connected"


def test_what_is_cut_cannot_be_cut_again(network: Network) -> None:
    """The same owner's second cut, and a heal of what it does not hold, are errors that change nothing."""
    with network.severed(CLIENT, PRIMARY), pytest.raises(LabError, match="not cut by 'the drill'"):
        network.heal(CLIENT, PRIMARY)
    network.cut(CLIENT, PRIMARY)
    with pytest.raises(LabError, match="cut already by 'the drill'"):
        network.cut(CLIENT, PRIMARY)
    network.heal(CLIENT, PRIMARY)
    assert network.cuts() == frozenset()
    for wrong in [(CLIENT, CLIENT), (CLIENT, "eu-nowhere-1")]:
        with pytest.raises(LabError):
            network.cut(*wrong)


def lost(network: Network, source: str, destination: str) -> float:
    """Count what is lost in one direction: 1,000 datagrams, so that a share is within 0.08 of the link's own.

    That is five standard deviations, each at most 0.5 / sqrt(1000) = 0.016: once in a million times it is not.
    """
    return sum(share_lost(network, source, destination) for _ in range(5)) / 5


@pytest.mark.parametrize("share", [0.1, 1 / 3, 0.95])
@pytest.mark.usefixtures("lossy")
def test_a_link_loses_a_share_of_its_packets(network: Network, share: float) -> None:
    """About that share is lost, in this direction only and between these sites only, until the block ends or fails."""
    with network.lossy(CLIENT, PRIMARY, share):
        assert abs(lost(network, CLIENT, PRIMARY) - share) < NEAR
        assert lost(network, PRIMARY, CLIENT) == 0
        assert lost(network, SECONDARY, PRIMARY) == 0
        assert network.cuts() == frozenset()
        assert network.stalled(CLIENT, ADDRESS, 443) is None
    assert lost(network, CLIENT, PRIMARY) == 0
    with pytest.raises(KeyError), network.lossy(CLIENT, PRIMARY, share):
        raise KeyError
    assert lost(network, CLIENT, PRIMARY) == 0


@pytest.mark.usefixtures("lossy", "listener")
def test_losses_compose_with_each_other_and_with_cuts(network: Network) -> None:
    """Of two losses each takes its share of what the other leaves; a cut within takes all, and heals to the loss."""
    with network.lossy(CLIENT, PRIMARY, 0.5):
        with network.lossy(CLIENT, PRIMARY, 0.5):
            assert abs(lost(network, CLIENT, PRIMARY) - 0.75) < NEAR
        assert abs(lost(network, CLIENT, PRIMARY) - 0.5) < NEAR
        with network.isolated(PRIMARY):
            assert connect(network, CLIENT) == "silence"
        assert abs(lost(network, CLIENT, PRIMARY) - 0.5) < NEAR
    assert connect(network, CLIENT) == "connected"


def test_what_is_no_share_is_not_lost(network: Network) -> None:
    """All and nothing are no shares: the one is a cut, the other no fault."""
    for wrong in (0.0, 1.0, -0.1, 33.0, float("nan")):
        with pytest.raises(LabError, match="cannot be lost"), network.lossy(CLIENT, PRIMARY, wrong):
            pass
    with pytest.raises(LabError), network.lossy(CLIENT, CLIENT, 0.5):
        pass


def test_stalled_says_which_packets_vanish(network: Network) -> None:
    """Either direction of a cut stalls an exchange, and so does a server known to be silent."""
    assert network.stalled(CLIENT, ADDRESS, 443) is None
    with network.severed(PRIMARY, CLIENT):
        assert network.stalled(CLIENT, ADDRESS, 443) == "packets from eu-north-1 to internet vanish"
        assert network.stalled(PRIMARY, site_named(CLIENT).host(9), 9) == "packets from eu-north-1 to internet vanish"
        assert network.stalled(PRIMARY, ADDRESS, 443) is None
        assert network.stalled(CLIENT, "127.0.0.1", 443) is None
    with network.silent(ADDRESS, 443, "the service is frozen"):
        assert network.stalled(CLIENT, ADDRESS, 443) == "the service is frozen"
        assert network.stalled(CLIENT, ADDRESS, 5432) is None
    assert network.stalled(CLIENT, ADDRESS, 443) is None


def test_a_change_is_told(network: Network) -> None:
    """Listeners hear of each change once, after it took effect."""
    heard: list[int] = []

    def listen() -> None:
        """Note how much is cut now."""
        heard.append(len(network.cuts()))

    network.on_change.append(listen)
    with network.severed(CLIENT, PRIMARY), network.isolated(SECONDARY):
        pass
    network.on_change.remove(listen)
    assert heard == [1, 11, 1, 0]


def test_addresses_belong_to_sites(network: Network) -> None:
    """An address names its site; anything else is an error that says so."""
    assert [network.site_of(site.host(SERVICE_HOST)) for site in SITES] == [site.name for site in SITES]
    for wrong in ("8.8.8.8", "eu-north-1", "::1"):
        with pytest.raises(LabError):
            network.site_of(wrong)
    with pytest.raises(LabError):
        site_named(PRIMARY).host(255)


def test_nothing_leads_out(network: Network) -> None:
    """An address outside of the lab is unreachable at once."""
    with network.inside(CLIENT), socket.socket() as client, pytest.raises(OSError, match="unreachable"):
        client.connect(("8.8.8.8", 53))


def test_two_networks_at_once(network: Network) -> None:
    """Another process has the same addresses to itself."""
    script = (
        "import socket\nfrom ziggie_harness.lab.network import Network\n"
        "with Network() as n, n.inside('eu-north-1'), socket.create_server(('13.48.10.10', 443)):\n"
        "    print('listening', flush=True)\n    input()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"listening\n"
        assert connect(network, CLIENT) == "refused"
        with network.inside(PRIMARY), socket.create_server((ADDRESS, 443)):
            assert connect(network, CLIENT) == "connected"
        other.communicate(b"\n")
    assert other.returncode == 0
