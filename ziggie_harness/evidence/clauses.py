"""The clauses of standards that drills bear on: what each asks for, in our words, and which run would answer.

A clause is supported by evidence or is not; whether a company complies is for its auditors to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from ziggie_harness.drill.yaml_file import read_yaml
from ziggie_harness.model.declarations import problem_of
from ziggie_harness.model.errors import DeclarationError
from ziggie_harness.model.values import STRICT

CLAUSES: Final = Path(__file__).parent.parent / "fixtures" / "data" / "clauses.yaml"

Said = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True, config=STRICT)
class Clause:
    """One clause of a standard."""

    framework: Said
    as_written: Said
    """How the framework counts it."""
    asks: Said
    answered_by: Said
    """The run that would answer it, so that a gap says what is missing."""
    second_hand: bool = field(default=False, kw_only=True)
    """Whether it was read in mappings alone, and not in the framework itself."""

    @property
    def name(self) -> str:
        """The framework with the clause, and a star on one that is known second-hand only."""
        return f"{self.framework} {self.as_written}{' (*)' if self.second_hand else ''}"


_ADAPTER: Final = TypeAdapter(Mapping[str, Clause])


def read_clauses(path: Path = CLAUSES) -> Mapping[str, Clause]:
    """Return the clauses of a file by their id; raise DeclarationError with every problem found."""
    file = read_yaml(path, "the list of clauses")
    try:
        return _ADAPTER.validate_python(file.values)
    except ValidationError as error:
        problems = [
            problem_of(details, Mapping[str, Clause], [str(key) for key in details["loc"]])
            for details in error.errors(include_url=False)
        ]
        raise DeclarationError("the list of clauses is not valid", tuple(map(file.located, problems))) from None


@cache
def clauses() -> Mapping[str, Clause]:
    """Return the clauses that requirements may name, read once."""
    return read_clauses()
