"""Both regions hold the same secrets, with the same tags and policies. Compared are digests; no value is ever told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.history import History
from ziggie_harness.model.secret_events import SecretSeen
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class SecretParity:
    """Every secret has the same value, description, tags and resource policy in all regions, at the end."""

    name: ClassVar[str] = "secret-parity"

    def judge(self, history: History) -> Judgement:
        """Judge what was read last in each region."""
        last = {(event.secret, event.region): event for _, event in history.of_kind(SecretSeen)}
        secrets = sorted({secret for secret, _ in last})
        unread = [event for event in last.values() if not event.digest]
        differ = {name: different for name in secrets if (different := _different(name, last.values()))}
        numbers = (Measurement("secrets that differ", len(differ), "secrets", 0),)
        alone = not secrets or any(sum(secret == name for secret, _ in last) == 1 for name in secrets)
        if reason := blow(history).objection or ("no secret was read in two regions" if alone else ""):
            return Judgement(self.name, Verdict.UNKNOWN, reason, numbers)
        if unread:
            first = unread[0]
            sentence = f"{first.secret} cannot be read in {first.region}: {first.reason}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        if differ:
            name, different = next(iter(differ.items()))
            regions = ", ".join(sorted({region for secret, region in last if secret == name}))
            sentence = f"{name} has different {different} in {regions}: a change did not get from one to the other"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        return Judgement(self.name, Verdict.PASSED, f"{len(secrets)} secrets are the same in all regions", numbers)


def _different(name: str, seen: Iterable[SecretSeen]) -> str:
    """Name what of a secret is not the same everywhere; nothing when all is."""
    copies = [event for event in seen if event.secret == name]
    settings = sorted({line for event in copies for line in event.settings})
    partial = dict.fromkeys(line.split(" ")[0] for line in settings if any(line not in e.settings for e in copies))
    values = ["values"] if len({event.digest for event in copies}) > 1 else []
    return " and ".join([*values, *partial])
