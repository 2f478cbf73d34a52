"""Code of the owner's that a drill ran: which files it was, and what they held, to see later whether one changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

HARNESS_DATA: Final = (Path(__file__).parents[1] / "fixtures" / "data").resolve()
"""Where the scripts, functions, clients and SQL are that the harness brings."""


class Beside(StrEnum):
    """From where a path counts, so that evidence does not depend on where things are installed."""

    HARNESS = "harness"
    """From the data of the harness."""
    DESIGN = "design"
    """From the folder of the file that declares the design."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """A folder of code, or one file."""

    beside: Beside
    path: str
    files: Mapping[str, str]
    """The SHA-256 of each file, by its path in the folder; of one file, by its name."""

    def document(self) -> Mapping[str, object]:
        """Return it as it stands in the bundle."""
        return {"beside": self.beside.value, "path": self.path, "files": dict(self.files)}

    @staticmethod
    def of(fields: Mapping[str, Any]) -> Artefact:
        """Read what `document` returned; raise KeyError, TypeError or ValueError for anything else."""
        return Artefact(Beside(fields["beside"]), str(fields["path"]), dict(fields["files"]))

    def changes(self, design: Path) -> Iterator[str]:
        """Yield what is not as it was, for a design that is declared in this file."""
        home = HARNESS_DATA if self.beside is Beside.HARNESS else design.absolute().parent
        now = artefact_at(home / self.path, design).files
        for name in sorted(self.files.keys() | now.keys()):
            if self.files.get(name) != now.get(name):
                verb = "came" if name not in self.files else "went" if name not in now else "changed"
                yield f"{self.path if (home / self.path).is_file() else f'{self.path}/{name}'} {verb}"


def artefact_at(path: Path, design: Path) -> Artefact:
    """Return what a folder or a file holds now; nothing when it is not there.

    Left out are what Python compiled, hidden files, and the file of the design, which is compared by what it says.
    """
    where = path.resolve()
    below = where.is_relative_to(HARNESS_DATA)
    home = HARNESS_DATA if below else design.absolute().parent.resolve()
    found = [where] if where.is_file() else sorted(where.rglob("*"))
    root = where.parent if where.is_file() else where
    return Artefact(
        Beside.HARNESS if below else Beside.DESIGN,
        Path(os.path.relpath(where, home)).as_posix(),
        {
            name.as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in found
            if file.is_file() and file != design.resolve() and _is_code(name := file.relative_to(root))
        },
    )


def changes_since(artefacts: Iterable[Artefact], design: Path) -> tuple[str, ...]:
    """Return what is not as it was of all the code of a drill, for a design that is declared in this file."""
    return tuple(sentence for artefact in artefacts for sentence in artefact.changes(design))


def _is_code(name: Path) -> bool:
    """Say whether a file is one that somebody wrote for the artefact, by its path in the folder."""
    return not any(part == "__pycache__" or part.startswith(".") for part in name.parts)
