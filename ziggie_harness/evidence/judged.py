"""A judgement with the parameters of the check that gave it, so that it can be made again."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from dataclasses import dataclass

from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """What a check said, and with which parameters it was asked."""

    judgement: Judgement
    parameters: Mapping[str, object]
    """The check's fields as JSON holds them: lists for tuples."""
    method: str
    """How the check measures and judges, in its own words on the day."""

    @staticmethod
    def by(check: object, judgement: Judgement) -> Judged:
        """Keep a judgement with the fields of its check, a dataclass. Raises TypeError for any other."""
        if not dataclasses.is_dataclass(check):
            raise TypeError(f"{check!r} is no dataclass, so nobody can tell with which parameters it judges")
        names = [field.name for field in dataclasses.fields(check)]
        parameters = {name: as_json(getattr(check, name)) for name in names}
        return Judged(judgement, parameters, " ".join((inspect.getdoc(type(check)) or "").split()))

    def document(self) -> Mapping[str, object]:
        """Return it as it stands in a bundle."""
        return {**dataclasses.asdict(self.judgement), "parameters": self.parameters, "method": self.method}

    @staticmethod
    def of(fields: Mapping[str, object]) -> Judged:
        """Read what `document` returned; raise KeyError, TypeError or ValueError when it is no judgement."""
        numbers, parameters = fields["measurements"], fields["parameters"]
        if not isinstance(numbers, list):
            raise TypeError("measurements are no list")
        if not isinstance(parameters, dict):
            raise TypeError("parameters are no mapping")
        judgement = Judgement(
            check=str(fields["check"]),
            verdict=Verdict(str(fields["verdict"])),
            sentence=str(fields["sentence"]),
            measurements=tuple(Measurement(**number) for number in numbers),
        )
        return Judged(judgement, parameters, str(fields["method"]))


def as_json(value: object) -> object:
    """Return a value as it is when it was written as JSON and read again."""
    if isinstance(value, tuple):
        return [as_json(part) for part in value]
    if isinstance(value, str | int | float | bool | None):
        return value
    raise TypeError(f"{value!r} cannot be written as JSON; a check's fields are texts, numbers and tuples of them")
