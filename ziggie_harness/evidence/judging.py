"""Judge a sealed history again: today's checks, asked as they were asked then, and where they say something else."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol, cast

from ziggie_harness import checks
from ziggie_harness.evidence.judged import Judged
from ziggie_harness.evidence.sealed import SealedBundle
from ziggie_harness.model.errors import EvidenceError
from ziggie_harness.model.history import History
from ziggie_harness.model.verdict import Judgement


class Check(Protocol):
    """A check, made again."""

    def judge(self, history: History) -> Judgement:
        """Judge a history."""


class CheckKind(Protocol):
    """What makes a check of its parameters."""

    def __call__(self, **parameters: object) -> Check:
        """Return the check; raise TypeError for a parameter that it does not have, or that it lacks."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a check said when the drill was sealed, and what it says now."""

    then: Judged
    now: Judgement

    @property
    def difference(self) -> str:
        """What is not the same: the verdict, the numbers, the words alone; nothing when everything is."""
        before = self.then.judgement
        if self.now.verdict is not before.verdict:
            return "verdict"
        if self.now.measurements != before.measurements:
            return "numbers"
        return "" if self.now.sentence == before.sentence else "words"

    @property
    def agrees(self) -> bool:
        """Whether verdict and numbers are the same; another wording of the same is no disagreement."""
        return self.difference in {"", "words"}


def judge_again(bundle: SealedBundle) -> Sequence[Comparison]:
    """Have each check of a drill judge its sealed history again, in the order in which they were asked.

    Raises EvidenceError for a check that is not there any more, or that takes other parameters, and for a history that
    cannot be read.
    """
    history = bundle.history()
    return [Comparison(judged, _asked_again(judged).judge(history)) for judged in bundle.judged]


def _asked_again(judged: Judged) -> Check:
    """Make the check that gave a judgement again."""
    name = judged.judgement.check
    kind = check_kinds().get(name)
    if kind is None:
        raise EvidenceError(
            f"the check {name!r} cannot be asked again",
            "this version of the harness has none of that name",
            "judge with the version that the bundle's provenance.json names",
        )
    try:
        return kind(**{key: _as_given(value) for key, value in judged.parameters.items()})
    except TypeError as error:
        raise EvidenceError(
            f"the check {name!r} cannot be asked again with {dict(judged.parameters)}",
            str(error),
            "judge with the version that the bundle's provenance.json names",
        ) from error


@cache
def check_kinds() -> Mapping[str, CheckKind]:
    """Return what makes each check, by its name."""
    found: dict[str, CheckKind] = {}
    for info in pkgutil.iter_modules(checks.__path__, f"{checks.__name__}."):
        module = importlib.import_module(info.name)
        for name, thing in vars(module).items():
            if inspect.isclass(thing) and thing.__module__ == info.name and not name.startswith("_"):
                found[str(vars(thing)["name"])] = cast("CheckKind", thing)
    return found


def _as_given(value: object) -> object:
    """Return a parameter as a check takes it: tuples for JSON's lists."""
    return tuple(map(_as_given, value)) if isinstance(value, list) else value
