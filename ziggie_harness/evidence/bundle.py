"""The sealed folder of one drill: what happened, what was judged, and digests by which any later change shows.

| file | holds |
|---|---|
| `provenance.json` | what was drilled, with which tools, by whom, at which fidelity |
| `outcome.json` | the requirement behind the scenario, how it ended, and why |
| `record.json` | what an auditor asks first: verdict, proof of each fault, timeline, DNS answers, parity, findings |
| `history.jsonl` | every event in order, one JSON object a line |
| `verdicts.json` | each check's verdict, sentence, numbers, parameters and method; judging again gives the same |
| `sbom.cdx.json` | every package that the drill ran with |
| `logs/` | what the processes said |
| `SHA256SUMS` | the digest of each file above; `sha256sum -c SHA256SUMS` checks them |
| `manifest.json` | the format's version and the digest of `SHA256SUMS`: the digest of everything |
| `manifest.json.dsse` | the owner's signature of the manifest |

The manifest is written last, by a rename. A folder without one belongs to a drill that was interrupted.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Final

from ziggie_harness.evidence.canonical import canonical
from ziggie_harness.evidence.signing import SUFFIX, objections
from ziggie_harness.model.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ziggie_harness.evidence.judged import Judged
    from ziggie_harness.evidence.played import Played
    from ziggie_harness.evidence.provenance import Provenance
    from ziggie_harness.evidence.record import Record
    from ziggie_harness.evidence.signing import PublicKey, SigningKey

FORMAT: Final = 2
"""The version of the folder's layout; it rises when a reader of the old one would misunderstand the new one."""

PROVENANCE: Final = "provenance.json"
OUTCOME: Final = "outcome.json"
RECORD: Final = "record.json"
HISTORY: Final = "history.jsonl"
VERDICTS: Final = "verdicts.json"
SBOM: Final = "sbom.cdx.json"
LOGS: Final = "logs"
SUMS: Final = "SHA256SUMS"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = f"{MANIFEST}{SUFFIX}"
OF_THE_SEAL: Final = frozenset({SUMS, MANIFEST, SIGNATURE})
"""The files that hold digests and signature, and have no digest themselves."""

EVERY: Final = (PROVENANCE, OUTCOME, RECORD, HISTORY, VERDICTS, SBOM)
"""The files that every bundle has."""

PREDICATE_TYPE: Final = f"https://ziggie.ai/evidence/drill/v{FORMAT}"
"""What kind of statement a bundle's signature makes."""

CHUNK_BYTES: Final = 1 << 20
"""How much of a file is held in memory while its digest is taken."""

READ_ONLY: Final = 0o444

_SUM: Final = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<path>.+)")


class Bundle:
    """The folder of one drill while it is being filled; `seal` ends that."""

    def __init__(self, directory: Path) -> None:
        """Start a bundle in a directory that is made now, or is empty; raise EvidenceError for any other."""
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise EvidenceError(
                f"{directory} holds something already",
                "a bundle holds the evidence of one drill and nothing else",
                "give each drill a folder of its own",
            )
        self.directory = directory
        self.root_sha256: str | None = None
        """The digest of everything, once the bundle is sealed."""
        (directory / LOGS).mkdir()

    @property
    def history_path(self) -> Path:
        """Return where the drill's journal has to write; it must be closed before the bundle is sealed."""
        return self.directory / HISTORY

    @property
    def logs(self) -> Path:
        """Return the folder in which processes may write their logs."""
        return self.directory / LOGS

    def write_provenance(self, provenance: Provenance) -> None:
        """Write down what was drilled; raise EvidenceError once sealed."""
        self._write(PROVENANCE, canonical(provenance.document()))

    def write_outcome(self, played: Played) -> None:
        """Write down what was required and how the scenario ended; raise EvidenceError once sealed."""
        self._write(OUTCOME, canonical(played.outcome()))

    def write_record(self, record: Record) -> None:
        """Write down what an auditor asks first; raise EvidenceError once sealed."""
        self._write(RECORD, canonical(record.document()))

    def write_sbom(self, sbom: bytes) -> None:
        """Write down the packages that the drill ran with; raise EvidenceError once sealed."""
        self._write(SBOM, sbom)

    def write_verdicts(self, judged: Sequence[Judged]) -> None:
        """Write down what the checks say, in the order in which they were asked; raise EvidenceError once sealed."""
        self._write(VERDICTS, canonical([one.document() for one in judged]))

    def discard(self) -> None:
        """Remove the folder of a drill that never began; raise OSError when something was written to it."""
        self.logs.rmdir()
        self.directory.rmdir()

    def write_log(self, name: str, text: str) -> None:
        """Write a log file of this name; raise EvidenceError once sealed."""
        self._write(f"{LOGS}/{name}", text.encode())

    def seal(self, key: SigningKey, says: Mapping[str, object]) -> str:
        """Take every digest, sign what it says, make all files read-only, and return the digest of everything.

        Raises EvidenceError when the bundle is sealed already, when one of the files that every bundle has is missing,
        and for a file that cannot be sealed.
        """
        self._refuse_when_sealed()
        missing = [name for name in EVERY if not (self.directory / name).is_file()]
        if missing:
            raise EvidenceError(
                f"the evidence in {self.directory} cannot be sealed: {', '.join(missing)} is missing",
                hint="write these first; a drill that ended early stays unsealed on purpose",
            )
        lines = [f"{sha256_of(self.directory / path)}  {path}\n" for path in _files(self.directory)]
        self._write(SUMS, "".join(lines).encode())
        manifest = _manifest(self.directory)
        self._write(SIGNATURE, key.sign(MANIFEST, manifest, PREDICATE_TYPE, says))
        self._write(MANIFEST, manifest)
        for path in (*_files(self.directory), *OF_THE_SEAL):
            (self.directory / path).chmod(READ_ONLY)
        found = verify(self.directory, key.public)
        if found:
            raise EvidenceError(
                f"the evidence in {self.directory} changed while it was being sealed: {'; '.join(found)}",
                hint="end every writer, the journal too, before sealing",
            )
        self.root_sha256 = json.loads(manifest)["root_sha256"]
        return str(self.root_sha256)

    def _write(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all."""
        self._refuse_when_sealed()
        part = self.directory / f"{name}.part"
        part.write_bytes(content)
        part.replace(self.directory / name)

    def _refuse_when_sealed(self) -> None:
        """Raise EvidenceError when nothing may change any more."""
        if self.root_sha256 is not None or is_sealed(self.directory):
            raise EvidenceError(
                f"the evidence in {self.directory} is sealed",
                "sealed evidence never changes",
                "write what is found later into a bundle of its own that names this one",
            )


def is_sealed(directory: Path) -> bool:
    """Say whether a bundle was finished; one without a manifest belongs to a drill that was interrupted."""
    return (directory / MANIFEST).is_file()


def is_bundle(directory: Path) -> bool:
    """Say whether a folder holds a file of a bundle, sealed or not."""
    return any((directory / name).is_file() for name in (*EVERY, *OF_THE_SEAL))


def verify(directory: Path, key: PublicKey) -> tuple[str, ...]:
    """Return what is wrong with a bundle: each changed, missing and additional file, and a signature of another key.

    Nothing when it is as the owner of the key sealed it.
    """
    if not directory.is_dir():
        return (f"{directory}: there is no such folder",)
    if not is_sealed(directory):
        return (f"{MANIFEST}: missing, so the bundle was never sealed: its drill was interrupted",)
    return (*_unsigned(directory, key), *changes(directory))


def _unsigned(directory: Path, key: PublicKey) -> Iterator[str]:
    """Yield why the manifest of a bundle is not signed by the owner of a key."""
    if not (directory / SIGNATURE).is_file() or (directory / SIGNATURE).is_symlink():
        yield f"{SIGNATURE}: missing, so nobody vouches for the bundle"
    else:
        manifest, signature = (directory / MANIFEST).read_bytes(), (directory / SIGNATURE).read_bytes()
        yield from objections(MANIFEST, manifest, signature, key)


def changes(directory: Path) -> Iterator[str]:
    """Yield each change to a bundle that has a manifest, whoever signed it: changed, missing and additional files."""
    if (other := _format(directory)) not in {FORMAT, None}:
        yield f"{MANIFEST}: the format is {other}, and this version of the harness checks {FORMAT} alone"
        return
    if not (directory / SUMS).is_file() or (directory / SUMS).is_symlink():
        yield f"{SUMS}: missing, so nothing in the bundle can be checked"
        return
    if (directory / MANIFEST).is_symlink() or (directory / MANIFEST).read_bytes() != _manifest(directory):
        yield f"{SUMS}, {MANIFEST}: one of them was changed, they do not belong together"
    recorded, damaged = _recorded(directory)
    if damaged:
        yield f"{SUMS}: {damaged} of its lines are no digest of a file"
    present = _present(directory)
    for path in sorted(recorded.keys() | present):
        if path not in present:
            yield f"{path}: missing"
        elif path not in recorded:
            yield f"{path}: additional, it was not there when the bundle was sealed"
        elif (directory / path).is_symlink() or not (directory / path).is_file():
            yield f"{path}: changed, it is no plain file any more"
        elif sha256_of(directory / path) != recorded[path]:
            yield f"{path}: changed after the bundle was sealed"


def _format(directory: Path) -> object:
    """Return the format that a manifest states, or None when it states none."""
    try:
        manifest = json.loads((directory / MANIFEST).read_bytes())
    except ValueError:
        return None
    return manifest.get("format") if isinstance(manifest, dict) else None


def _recorded(directory: Path) -> tuple[Mapping[str, str], int]:
    """Return the sealed digests by path, and how many lines could not be read."""
    lines = (directory / SUMS).read_bytes().decode(errors="replace").split("\n")
    matches = [_SUM.fullmatch(line) for line in lines if line]
    found = [match for match in matches if match is not None]
    return {match["path"]: match["digest"] for match in found}, len(matches) - len(found)


def _present(directory: Path) -> set[str]:
    """Return every path below a bundle that is no folder, but for the files of the seal."""
    paths = {path for path in directory.rglob("*") if path.is_symlink() or not path.is_dir()}
    return {path.relative_to(directory).as_posix() for path in paths} - OF_THE_SEAL


def _files(directory: Path) -> Sequence[str]:
    """Return the files of a bundle in order; raise EvidenceError for what cannot be sealed."""
    names = sorted(_present(directory))
    for name in names:
        path = directory / name
        # A line break would forge lines of SHA256SUMS, and sha256sum reads a backslash as the start of an escape.
        if not name.isprintable() or "\\" in name or path.is_symlink() or not path.is_file():
            raise EvidenceError(
                f"{name!r} in {directory} cannot be sealed",
                "a bundle holds plain files with printable names and without a backslash",
                "remove or rename it",
            )
    return names


def _manifest(directory: Path) -> bytes:
    """Return the manifest that belongs to the digests of a bundle."""
    sums = (directory / SUMS).read_bytes()
    return canonical({"files": sums.count(b"\n"), "format": FORMAT, "root_sha256": hashlib.sha256(sums).hexdigest()})


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read piece by piece: logs may be larger than memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
