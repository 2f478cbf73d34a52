"""What is around the rows of a PostgreSQL database, told apart: definitions by name, and what sequences give next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from psycopg.sql import SQL, Identifier

from ziggie_harness.parity.postgres_aspects import ASPECTS
from ziggie_harness.parity.postgres_catalog import Link

TOLD_LENGTH: Final = 160
"""So many characters of a definition are told in a sentence."""


def read_around(link: Link) -> dict[tuple[str, str], str]:
    """Read everything around the rows: definitions by what they are about and their names."""
    return {
        (aspect, name): definition
        for aspect, query in ASPECTS.items()
        for name, definition in link.execute(query.encode()).fetchall()
    }


def told_apart(left: Mapping[tuple[str, str], str], right: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Yield a sentence for each definition that is not the same."""
    for aspect, name in sorted(left.keys() | right.keys()):
        ours, theirs = left.get((aspect, name)), right.get((aspect, name))
        if ours == theirs:
            continue
        if theirs is None:
            yield f"{aspect} {name} is missing on the right"
        elif ours is None:
            yield f"{aspect} {name} is missing on the left"
        else:
            yield f"{aspect} {name} differs: {_brief(ours)} on the left, {_brief(theirs)} on the right"


def read_sequences(link: Link) -> dict[str, tuple[int, int]]:
    """Read what each sequence would hand out next, and by how much it grows."""
    listed = link.execute(
        "SELECT schemaname, sequencename, increment_by FROM pg_sequences ORDER BY schemaname, sequencename"
    ).fetchall()
    following = {}
    for schema, name, step in listed:
        query = SQL("SELECT CASE WHEN is_called THEN last_value + {} ELSE last_value END FROM {}")
        [(value,)] = link.execute(query.format(step, Identifier(schema, name))).fetchall()
        following[f"{schema}.{name}"] = value, step
    return following


def behind(left: Mapping[str, tuple[int, int]], right: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    """Yield a sentence for each sequence that on the right would hand out numbers again that the left has used.

    The right side may be ahead: sequences are carried over with headroom, and a standby's run ahead by themselves.
    """
    for name in sorted(left.keys() & right.keys()):
        (ours, step), (theirs, _) = left[name], right[name]
        if (ours - theirs) * step > 0:
            yield f"sequence {name} is behind: {ours} is next on the left, {theirs} on the right, so numbers repeat"


def _brief(definition: str) -> str:
    """Cut a definition for a sentence."""
    words = " ".join(definition.split())
    return f"`{words}`" if len(words) <= TOLD_LENGTH else f"`{words[:TOLD_LENGTH]}...`"
