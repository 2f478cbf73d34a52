"""What was sealed, read again: the bundle of one drill.

Reading checks the format and nothing else. Whether anything was changed since is for `bundle.verify` to say.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ziggie_harness.evidence.bundle import (
    FORMAT,
    HISTORY,
    MANIFEST,
    OUTCOME,
    PROVENANCE,
    RECORD,
    SIGNATURE,
    VERDICTS,
    is_sealed,
)
from ziggie_harness.evidence.judged import Judged
from ziggie_harness.evidence.played import Played
from ziggie_harness.evidence.provenance import Provenance
from ziggie_harness.evidence.record import Record
from ziggie_harness.evidence.signing import signer_of
from ziggie_harness.kernel.journal import read_history
from ziggie_harness.model.errors import EvidenceError
from ziggie_harness.model.history import History
from ziggie_harness.model.verdict import Judgement

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SealedBundle:
    """The sealed evidence of one drill."""

    directory: Path
    played: Played
    """The requirement, and the row with how the scenario ended and its numbers."""
    provenance: Provenance
    judged: tuple[Judged, ...]
    """What each check said, in the order in which they were asked, and its parameters."""
    root_sha256: str
    """The digest of everything in it, as the manifest states it."""
    record: Record
    """What an auditor asks first, as it was drawn when the drill was sealed."""
    signed_with: str
    """The id of the key that the signature names; `bundle.verify` says whether that is true."""

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """What each check said."""
        return tuple(one.judgement for one in self.judged)

    @property
    def verdict(self) -> str:
        """PASSED, FAILED, UNKNOWN, or ERROR of the harness itself: what the drill says about the drilled design."""
        return self.record.verdict

    def history(self) -> History:
        """Read everything that happened; raise EvidenceError for a line that is no record."""
        return read_history(self.directory / HISTORY)


def read_bundle(directory: Path) -> SealedBundle:
    """Read a sealed bundle; its history is read when asked for.

    Raises EvidenceError when the folder was never sealed, when it has another version of the format, and for a file
    that cannot be read.
    """
    if not is_sealed(directory):
        raise EvidenceError(
            f"{directory} is no sealed bundle",
            f"it has no {MANIFEST}",
            "name the folder of one drill; one without this file belongs to a drill that was interrupted",
        )
    manifest = read_json(directory / MANIFEST, lambda fields: (fields["format"], str(fields["root_sha256"])))
    if manifest[0] != FORMAT:
        raise EvidenceError(
            f"{directory / MANIFEST}: format is {manifest[0]!r}, expected {FORMAT}",
            "this version of the harness reads that format alone",
            "read the bundle with the version of ziggie-harness that its provenance.json names",
        )
    played = read_json(directory / OUTCOME, Played.of_outcome)
    provenance = read_json(directory / PROVENANCE, Provenance.of)
    judged = read_json(directory / VERDICTS, _judged_of)
    return SealedBundle(
        directory,
        _measured(played, provenance, judged, directory, manifest[1]),
        provenance,
        judged,
        root_sha256=manifest[1],
        record=read_json(directory / RECORD, Record.of),
        signed_with=signer_of((directory / SIGNATURE).read_bytes()) if (directory / SIGNATURE).is_file() else "",
    )


def root_of(directory: Path) -> str:
    """Return the digest of everything in a bundle, as its manifest states it; raise EvidenceError without one."""
    return read_json(directory / MANIFEST, lambda fields: str(fields["root_sha256"]))


def _judged_of(items: object) -> tuple[Judged, ...]:
    """Read what stands in a file of verdicts; raise TypeError, KeyError or ValueError when it is none."""
    if not isinstance(items, list):
        raise TypeError("verdicts are a list")
    return tuple(Judged.of(fields) for fields in items)


def _measured(
    played: Played, provenance: Provenance, judged: tuple[Judged, ...], directory: Path, root_sha256: str
) -> Played:
    """Return a scenario with the numbers of its drill in its row."""
    row = dataclasses.replace(
        played.row,
        drill_seconds=provenance.drill_seconds,
        skipped_seconds=provenance.skipped_seconds,
        evidence=str(directory),
    )
    row = row.judged([one.judgement for one in judged]).standing_on(provenance.capabilities)
    return Played(played.requirement, row, root_sha256)


def read_json(path: Path, decode: Callable[[Any], T]) -> T:
    """Read a file of JSON as what it should be; raise EvidenceError when it cannot be."""
    try:
        return decode(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvidenceError(
            f"{path} cannot be read: {error!r}",
            hint="verify the evidence: a file was changed after it was sealed, or was never written whole",
        ) from error
