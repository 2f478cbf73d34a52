"""The errors of the harness: each says what happened, why, and what to do next."""

from __future__ import annotations

from typing import Literal


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


class RequirementNotMet(AssertionError):  # noqa: N818 - the name is the sentence a reader of a report needs
    """A check judged the drill's history and the requirement does not hold, or cannot be shown to hold.

    `check` is the check's name as in the tag @caught-by-<check>, `sentence` explains the verdict to a person.
    """

    def __init__(self, check: str, sentence: str, verdict: Literal["FAILED", "UNKNOWN"] = "FAILED") -> None:
        super().__init__(check, sentence, verdict)
        self.check = check
        self.sentence = sentence
        self.verdict: Literal["FAILED", "UNKNOWN"] = verdict

    def __str__(self) -> str:
        return f"{self.check} {self.verdict}: {self.sentence}"
