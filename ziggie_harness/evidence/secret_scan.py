"""No secret in what a run leaves: files of a bundle are searched before it is sealed, and reports before they are told.

Every secret value that a drill makes carries a mark, so that it is recognised wherever it gets to, also in pieces and
in the encodings that programs use: text, UTF-16, hexadecimal and Base64, wherever in a Base64 text it begins.
"""

from __future__ import annotations

import base64
import functools
from typing import TYPE_CHECKING, Final

from ziggie_harness.model.secrets import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

CHUNK_BYTES: Final = 1 << 20


@functools.cache
def encodings(word: str) -> Mapping[str, bytes]:
    """Return how a word may stand in a file, by the name of the encoding."""
    plain = word.encode()
    found = {
        "plain text": plain,
        "UTF-16 (little endian)": word.encode("utf-16-le"),
        "UTF-16 (big endian)": word.encode("utf-16-be"),
        "hexadecimal": plain.hex().encode(),
        "hexadecimal in capitals": plain.hex().upper().encode(),
    }
    for before in range(3):
        # The first and the last letters depend on what stands beside the word as well; those between do not.
        encoded = base64.b64encode(b"\0" * before + plain)
        whole = (before + len(plain)) * 8 // 6
        inner = encoded[-(-before * 8 // 6) : whole]
        found[f"Base64 after {before} bytes"] = inner
        found[f"Base64 for URLs after {before} bytes"] = inner.translate(bytes.maketrans(b"+/", b"-_"))
    return found


def leaks(directory: Path, word: str = MARK) -> Iterator[str]:
    """Yield a sentence for each file below a directory in which a word stands, and how it stands there."""
    needles = encodings(word)
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        for how in _found(path, needles):
            yield f"{path.relative_to(directory)} holds a secret in {how}"


def told_in(text: str, word: str = MARK) -> tuple[str, ...]:
    """Return how a word stands in a text, by the names of the encodings; nothing where it does not."""
    content = text.encode(errors="surrogateescape")
    return tuple(how for how, needle in encodings(word).items() if needle in content)


def _found(path: Path, needles: Mapping[str, bytes]) -> list[str]:
    """Return how any of the needles stands in a file, read piece by piece."""
    overlap = max(map(len, needles.values())) - 1
    left = dict(needles)
    tail = b""
    with path.open("rb") as stream:
        while left and (piece := stream.read(CHUNK_BYTES)):
            window = tail + piece
            left = {how: needle for how, needle in left.items() if needle not in window}
            tail = window[-overlap:]
    return [how for how in needles if how not in left]
