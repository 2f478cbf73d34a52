"""The set of tags is closed."""

from __future__ import annotations

import pytest

from ziggie_harness.model.tags import check_of, defects_of, objection_to_tag, objection_to_tags, requirement_of


@pytest.mark.parametrize(
    "tag",
    ["must-fail", "caught-by-dns-state", "REQ-DR-01", "REQ-DR-99", "G07", "nightly", "core", "clause-NIST-CP-10.2"],
)
def test_known_tags_are_accepted(tag: str) -> None:
    """Tags of the set and requirement ids raise no objection."""
    assert objection_to_tag(tag) is None


@pytest.mark.parametrize(
    ("tag", "nearest"),
    [
        ("must_fail", "must-fail"),
        ("caught-by-dns", "caught-by-dns-state"),
        ("REQ-DR-1", "REQ-DR-01"),
        ("G1", "G01"),
        ("CORE", "core"),
    ],
)
def test_unknown_tags_name_the_nearest(tag: str, nearest: str) -> None:
    """An objection names the tag and the known one that is spelled most alike."""
    objection = objection_to_tag(tag)
    assert objection is not None
    assert objection.startswith(f"unknown tag @{tag};")
    if tag != "CORE":  # nothing is spelled like it, letter by letter, but a tag is named all the same
        assert objection.endswith(f"@{nearest}")


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        (set(), None),
        ({"must-fail", "caught-by-dns-state"}, None),
        ({"must-fail", "caught-by-dns-state", "G07", "G08"}, None),
        ({"G07"}, "only has a meaning beside"),
        ({"must-fail"}, "needs to name the check"),
        ({"caught-by-dns-state"}, "only has a meaning beside"),
        ({"must-fail", "caught-by-dns-state", "caught-by-single-writer"}, "caught by one check"),
    ],
)
def test_contradicting_tags_are_refused(tags: set[str], words: str | None) -> None:
    """A sabotage names exactly one check, and only a sabotage does."""
    objection = objection_to_tags(tags)
    assert objection is None if words is None else words in str(objection)


def test_tags_are_read() -> None:
    """Requirement id and check are found among the tags, or None."""
    assert requirement_of({"core", "REQ-DR-07"}) == "REQ-DR-07"
    assert requirement_of({"core"}) is None
    assert check_of({"must-fail", "caught-by-single-writer"}) == "single-writer"
    assert check_of({"must-fail"}) is None
    assert defects_of({"must-fail", "G20", "G07", "core"}) == ("G07", "G20")
    assert defects_of({"must-fail"}) == ()
