"""The errors of the harness: each says what happened, why, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass


class ZiggieError(Exception):
    """The harness cannot go on: `what` happened, `why`, and a `hint` at what to do next."""

    def __init__(self, what: str, why: str = "", hint: str = "") -> None:
        super().__init__(what, why, hint)
        self.what = what
        self.why = why
        self.hint = hint

    def __str__(self) -> str:
        because = f": {self.why}" if self.why else ""
        then = f"\n  next: {self.hint}" if self.hint else ""
        return f"{self.what}{because}{then}"


class FeatureError(ZiggieError):
    """A feature file cannot be read as requirements."""


class LabError(ZiggieError):
    """The machine refused something that the lab needs: a namespace, a route, a process, a certificate."""


class NotOffered(LabError):
    """Something that a scenario needs is there, and turned out, when asked, not to offer what is needed of it."""


class PluginError(ZiggieError):
    """A plugin is unknown, doubly named or not shaped as its kind has to be."""


class EvidenceError(ZiggieError):
    """Evidence cannot be written, or is not what was sealed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a declared design: where (a dotted key path), what stands there, what was expected.

    `place` is "file:line" once it is known, and `hint` says what to do next.
    """

    path: str
    value: str
    expected: str
    hint: str = ""
    place: str = ""

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        then = f"; {self.hint}" if self.hint else ""
        return f"{where}{self.path}: found {self.value}, expected {self.expected}{then}"


class DeclarationError(ZiggieError):
    """What somebody declared in a file is not valid; `problems` has every finding, not only the first."""

    def __init__(self, what: str, problems: tuple[Problem, ...] = (), hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.args = (what, problems, hint)
        self.problems = problems

    def __str__(self) -> str:
        return "\n  ".join([super().__str__(), *map(str, self.problems)])


class TopologyError(DeclarationError):
    """A declared design is not valid."""


class ApiRefused(ZiggieError):
    """An AWS API said no, or did not answer."""


class RequirementNotMet(AssertionError):
    """A check judged the drill's history and the requirement does not hold, or cannot be shown to hold.

    `check` is the check's name as in the tag @caught-by-<check>, `sentence` explains the verdict to a person, and
    `verdict` is FAILED or UNKNOWN.
    """

    def __init__(self, check: str, sentence: str, verdict: str = "FAILED") -> None:
        super().__init__(check, sentence, verdict)
        self.check = check
        self.sentence = sentence
        self.verdict = verdict

    def __str__(self) -> str:
        return f"{self.check} {self.verdict}: {self.sentence}"
