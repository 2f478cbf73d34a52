"""The packet filter: what it refuses is an error with its number, and a refused request changes nothing.

That packets are lost, and how many, is tested with the lab's network.
"""

from __future__ import annotations

import errno
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.kernel.namespaces import Visit
from ziggie_harness.kernel.packet_filter import PacketFilter
from ziggie_harness.lab.loss import obstacle
from ziggie_harness.lab.namespaces import Namespace

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE, THERE = "10.1.0.0/24", "10.2.0.0/24"


@pytest.fixture
def filters() -> Iterator[PacketFilter]:
    """Open the packet filter of a namespace of its own."""
    if reason := obstacle():
        pytest.skip(reason)
    with Namespace() as place:
        with Visit(place.descriptor):
            opened = PacketFilter()
        with closing(opened):
            yield opened


def test_a_loss_is_made_and_taken_back_by_its_name(filters: PacketFilter) -> None:
    """A name is free again when its loss was taken back; another one's loss is not touched."""
    filters.lose("one", HERE, THERE, 0.5)
    filters.lose("two", HERE, THERE, 0.5)
    filters.keep("one")
    filters.lose("one", THERE, HERE, 0.1)
    filters.keep("two")
    filters.keep("one")


def test_a_refusal_carries_the_kernel_s_number(filters: PacketFilter) -> None:
    """A name that is taken, and one that nothing is lost under; the filter is of use afterwards."""
    filters.lose("one", HERE, THERE, 0.5)
    with pytest.raises(OSError, match="exists") as taken:
        filters.lose("one", HERE, THERE, 0.5)
    assert taken.value.errno == errno.EEXIST
    filters.keep("one")
    with pytest.raises(OSError, match="No such") as absent:
        filters.keep("one")
    assert absent.value.errno == errno.ENOENT
