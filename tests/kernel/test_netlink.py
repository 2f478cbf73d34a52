"""The kernel's language for networks: what it refuses is an error with its number, and a socket keeps its namespace."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.kernel import namespaces, netlink
from ziggie_harness.kernel.netlink import Netlink
from ziggie_harness.lab.namespaces import Namespace
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE, THERE = "10.1.0.0/24", "10.2.0.0/24"


@pytest.fixture
def places() -> Iterator[tuple[int, int]]:
    """Make two namespaces that know nothing of each other."""
    try:
        with Namespace() as first, Namespace() as second:
            yield first.descriptor, second.descriptor
    except LabError as error:
        pytest.skip(str(error))


def opened(descriptor: int) -> Netlink:
    """Open a socket in a namespace."""
    with namespaces.Visit(descriptor):
        return Netlink()


def interfaces(descriptor: int) -> set[str]:
    """Return the names of a namespace's interfaces."""
    with namespaces.Visit(descriptor):
        return {name for _, name in socket.if_nameindex()}


def test_a_cable_has_its_ends_in_two_namespaces(places: tuple[int, int]) -> None:
    """The near end is where the socket was made, whatever namespace the asking thread is in; the far end is away."""
    near, far = places
    with opened(near) as kernel:
        kernel.do(netlink.cable("near0", "far0", far))
    assert interfaces(near) >= {"near0"}
    assert interfaces(far) >= {"far0"}


def test_a_refusal_carries_the_kernel_s_number(places: tuple[int, int]) -> None:
    """A cable of a name that is taken, an interface and a rule that are not there."""
    near, far = places
    with opened(near) as kernel:
        kernel.do(netlink.cable("near0", "far0", far))
        with pytest.raises(OSError, match="exists") as taken:
            kernel.do(netlink.cable("near0", "far1", far))
        with pytest.raises(OSError, match="such device") as absent:
            kernel.do(netlink.up(4711))
        with pytest.raises(OSError, match="No such file") as unknown:
            kernel.do(netlink.no_blackhole(HERE, THERE, 100))
    numbers = [error.value.errno for error in (taken, absent, unknown)]
    assert numbers == [errno.EEXIST, errno.ENODEV, errno.ENOENT]


def test_what_comes_after_a_refusal_is_not_done(places: tuple[int, int]) -> None:
    """Requests are carried out in their order, and none after the first refused one."""
    near, far = places
    with opened(near) as kernel:
        with pytest.raises(OSError, match="such device"):
            kernel.do(netlink.up(4711), netlink.cable("near0", "far0", far))
        assert "near0" not in interfaces(near)
        kernel.do(netlink.blackhole(HERE, THERE, 100))
        with pytest.raises(OSError, match="exists"):
            kernel.do(netlink.blackhole(HERE, THERE, 100))
        kernel.do(netlink.no_blackhole(HERE, THERE, 100))
