"""Two listings compared: what differs is found and counted exactly, in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as some

from ziggie_harness.parity.objects import EXAMPLES, LEFT, Listed, compare

if TYPE_CHECKING:
    from collections.abc import Iterator


def listed(key: str, version: str = "1", *, latest: bool = True) -> Listed:
    """Return a version."""
    return Listed(key, version, "d41d", 3, delete_marker=False, latest=latest)


ONE = [listed("a", "2"), listed("a", "1", latest=False), listed("b")]


def test_the_same_is_the_same() -> None:
    """Equal listings have no difference, whatever the order of a key's versions."""
    found = compare(ONE, [ONE[1], ONE[0], ONE[2]])
    assert (found.versions_left, found.versions_right, found.examples) == (3, 3, [])
    assert (found.only_left, found.only_right, found.different) == (0, 0, 0)


def test_each_difference_is_named() -> None:
    """Digest, size, kind, the current version and what is described besides: each one alone makes a difference."""
    for change, name in (
        ({"digest": "e5"}, "digest"),
        ({"size_bytes": 4}, "size"),
        ({"delete_marker": True}, "kind"),
        ({"latest": False}, "being the current version"),
    ):
        found = compare(ONE, [*ONE[:2], ONE[2]._replace(**change)])
        assert (found.different, found.examples) == (1, [f"b 1: different in {name}"])
    found = compare(ONE, ONE, described=lambda side, version: side if version.key == "b" else "")
    assert (found.different, found.examples) == (1, ["b 1: different in metadata or tags"])


def test_one_side_alone() -> None:
    """A missing version is told with its kind, and with why, where somebody knows."""
    marker = listed("c")._replace(delete_marker=True)
    found = compare([*ONE, marker], ONE[1:], explain=lambda side, version: f"{version.key} of the {side}")
    assert (found.only_left, found.only_right) == (2, 0)
    assert found.examples[1] == "c (delete marker 1): only left, c of the left"
    assert compare([], ONE).only_right == 3


def test_keys_are_ordered_as_s3_does() -> None:
    """By their UTF-8 bytes, which is not the order of UTF-16 (S3 API, ListObjectVersions)."""
    keys = ["\ue000", "\U00010000"]
    found = compare([listed(key) for key in keys], [listed(keys[1])])
    assert (found.only_left, found.only_right, found.different) == (1, 0, 0)


KEYS = some.dictionaries(some.text(min_size=1, max_size=3), some.sampled_from(["x", "y"]), max_size=20)


@given(left=KEYS, right=KEYS)
def test_counts_are_those_of_sets(left: dict[str, str], right: dict[str, str]) -> None:
    """Whatever is on both sides, the counts are what a comparison of whole sets gives."""
    ours, theirs = (
        [listed(key)._replace(digest=digest) for key, digest in sorted(side.items(), key=lambda pair: pair[0].encode())]
        for side in (left, right)
    )
    found = compare(ours, theirs)
    assert found.only_left == len(left.keys() - right.keys())
    assert found.only_right == len(right.keys() - left.keys())
    assert found.different == sum(left[key] != right[key] for key in left.keys() & right.keys())
    assert len(found.examples) == min(EXAMPLES, found.only_left + found.only_right + found.different)


def test_nothing_is_kept_of_what_was_compared() -> None:
    """The listings are read side by side: neither gets further ahead than by one key."""
    read = {"left": 0, "right": 0}

    def numbered(side: str) -> Iterator[Listed]:
        """List many keys, and count."""
        for number in range(1000):
            read[side] += 1
            assert abs(read["left"] - read["right"]) <= 2
            yield listed(f"{number:06d}")

    assert compare(numbered(LEFT), numbered("right")).versions_left == 1000
