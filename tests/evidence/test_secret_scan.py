"""Evidence is searched for secrets: whatever their encoding, and wherever in a file."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.evidence import secret_scan
from ziggie_harness.evidence.secret_scan import leaks, told_in
from ziggie_harness.model.secrets import MARK

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VALUE = f'{{"anthropic": "{MARK}0123456789"}}'

ENCODED: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16 big endian": lambda text: text.encode("utf-16-be"),
    "hexadecimal": lambda text: text.encode().hex().encode(),
    "capitals": lambda text: text.encode().hex().upper().encode(),
    **{
        f"Base64 {before}": lambda text, before=before: base64.b64encode(b"x" * before + text.encode())  # type: ignore[misc]  # bound now
        for before in range(6)
    },
    **{
        f"Base64 for URLs {before}": lambda text, before=before: base64.urlsafe_b64encode(b"?" * before + text.encode())  # type: ignore[misc]  # bound now
        for before in range(3)
    },
}


@pytest.mark.parametrize("encode", ENCODED.values(), ids=ENCODED)
def test_sabotage_a_planted_secret_is_found(tmp_path: Path, encode: Callable[[str], bytes]) -> None:
    """Each encoding, in the middle of a log in a folder, is found and the file named."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "service.log").write_bytes(b"before \x00 \xff" + encode(VALUE) + b" after")
    assert {sentence.partition(" in ")[0] for sentence in leaks(tmp_path)} == {"logs/service.log holds a secret"}


@pytest.mark.parametrize("before", [-30, -len(MARK), -1, 0, 1])
def test_a_secret_across_two_pieces_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int) -> None:
    """Files are read in pieces, and a secret may lie on the border of two."""
    monkeypatch.setattr(secret_scan, "CHUNK_BYTES", 1000)
    (tmp_path / "history.jsonl").write_bytes(b"x" * (1000 + before) + VALUE.encode() + b"x" * 5000)
    assert list(leaks(tmp_path))


@pytest.mark.parametrize("encode", ENCODED.values(), ids=ENCODED)
def test_sabotage_a_secret_in_a_text_is_found(encode: Callable[[str], bytes]) -> None:
    """Texts are searched as files are."""
    assert told_in(encode(VALUE).decode("utf-8", errors="surrogateescape"))
    assert told_in(f"half a mark: {MARK[:-1]}") == ()


def test_what_is_no_secret_is_left_alone(tmp_path: Path) -> None:
    """Names of secrets, digests and half a mark raise no alarm."""
    (tmp_path / "history.jsonl").write_text(f'{{"secret": "ziggie/api-keys", "digest": "0123", "x": "{MARK[:-1]}"}}')
    (tmp_path / "empty").touch()
    assert list(leaks(tmp_path)) == []
