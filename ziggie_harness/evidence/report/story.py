"""The story of one drill in facts: what was hurt, what was promised and kept, what was lost, what differed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib import import_module
from inspect import getdoc
from pkgutil import iter_modules
from typing import Final

from ziggie_harness import checks
from ziggie_harness.evidence.judged import Judged
from ziggie_harness.evidence.record import Record
from ziggie_harness.evidence.report.places import Places
from ziggie_harness.model.database_events import LoadSurveyed, StoresCompared
from ziggie_harness.model.history import History
from ziggie_harness.model.object_events import BucketSettingsCompared, ObjectsCompared
from ziggie_harness.model.timeline import Write, acknowledged_writes, serving_region, surveyed_load, surviving
from ziggie_harness.model.verdict import Judgement

RECOVERY_TIME: Final = "recovery-time"
RECOVERY_POINT: Final = "recovery-point"

NO_PART: Final = frozenset({"RTO", "RTO uncertainty"})
"""The numbers of a recovery time that are no step on the way."""

_PARAMETER: Final = re.compile(r"`(?P<name>\w+)`")


def faults(record: Record, places: Places) -> Sequence[Mapping[str, object]]:
    """Return every fault with its target, when it was in force, and what shows that it bit, or why nothing does."""
    return [{**asdict(blow), "target": places.target(blow.target)} for blow in record.faults]


def promise(judged: Judged) -> str:
    """Return what a check promises, from its docstring, with the values that it was asked with."""
    words = _promises().get(judged.judgement.check, "")
    return _PARAMETER.sub(lambda match: _value(judged.parameters, match["name"]), words)


def _value(parameters: Mapping[str, object], name: str) -> str:
    """Return a parameter as a reader spells it, or what it stands for when the check was asked without it."""
    value = parameters.get(name)
    if value is None:
        return "some time" if name.endswith("_seconds") else name.replace("_", " ")
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g} s" if name.endswith("_seconds") else f"{value:g}"
    return str(value) or "none"


@cache
def _promises() -> Mapping[str, str]:
    """Return the first sentence of each check's docstring, by the check's name."""
    found = {}
    for module in iter_modules(checks.__path__, f"{checks.__name__}."):
        for thing in vars(import_module(module.name)).values():
            name = getattr(thing, "name", None)
            if isinstance(thing, type) and isinstance(name, str) and thing.__module__ == module.name:
                found[name] = " ".join((getdoc(thing) or "").partition("\n\n")[0].split())
    return found


def recovery(judgements: Sequence[Judgement]) -> Mapping[str, object] | None:
    """Return the recovery time with its parts in their order, or None when nobody measured it."""
    judgement = next((one for one in judgements if one.check == RECOVERY_TIME), None)
    rto = next((number for number in judgement.measurements if number.name == "RTO"), None) if judgement else None
    if judgement is None or rto is None:
        return None
    steps = [number for number in judgement.measurements if number.name not in NO_PART]
    return {
        "seconds": rto.value,
        "objective": rto.objective,
        "uncertainty": judgement.measured("RTO uncertainty"),
        "parts": [[step.name, step.value] for step in sorted(steps, key=lambda step: step.value)],
    }


def losses(history: History, judgements: Sequence[Judgement]) -> Mapping[str, object] | None:
    """Return what was lost: the record's numbers, and each write that is behind them; None when nobody counted."""
    judgement = next((one for one in judgements if one.check == RECOVERY_POINT), None)
    rpo = next((number for number in judgement.measurements if number.name == "RPO"), None) if judgement else None
    if judgement is None or rpo is None:
        return None
    region = serving_region(history)
    load = surveyed_load(history, region)
    return {
        "seconds": rpo.value,
        "objective": rpo.objective,
        "acknowledged": judgement.measured("acknowledged writes"),
        "lost": judgement.measured("lost writes"),
        "indeterminate": judgement.measured("indeterminate writes"),
        "region": region,
        "writes": [
            [write.identity, write.writer, round(write.started_seconds, 3), round(write.acknowledged_seconds, 3)]
            for write in lost_writes(history)
        ],
        "load": _load(load),
    }


def _load(load: LoadSurveyed | None) -> Mapping[str, object] | None:
    """Return what was lost of a load; its clients' ledger names the first ones only."""
    if load is None or not load.missing:
        return None
    return {"missing": load.missing, "examples": list(load.missing_examples)}


def lost_writes(history: History) -> Sequence[Write]:
    """Return every acknowledged write that could not be read back where the service is at the end."""
    survey = surviving(history, serving_region(history))
    if survey is None:
        return ()
    read_at, survivors = survey
    missing = (write for write in acknowledged_writes(history).values() if write.identity not in survivors)
    return sorted(
        (write for write in missing if write.acknowledged_seconds <= read_at),
        key=lambda write: write.acknowledged_seconds,
    )


def parity(history: History, places: Places) -> Iterator[Mapping[str, object]]:
    """Yield the last comparison of each kind: what was compared, how much of it, and what differs."""
    last = {event.store: (at, event) for at, event in history.of_kind(StoresCompared)}
    for at, stores in last.values():
        yield {
            "what": f"{stores.store}: {places.region(stores.left)} and {places.region(stores.right)}",
            "at": at,
            "compared": f"{stores.rows_left} and {stores.rows_right} rows",
            "numbers": [stores.only_left, stores.only_right, stores.different],
            "differing": [*stores.keys, *stores.sentences],
            "uncompared": list(stores.uncompared),
        }
    for at, objects in [*history.of_kind(ObjectsCompared)][-1:]:
        yield {
            "what": f"buckets: {objects.left} and {objects.right}",
            "at": at,
            "compared": f"{objects.versions_left} and {objects.versions_right} versions",
            "numbers": [objects.only_left, objects.only_right, objects.different],
            "differing": list(objects.examples),
            "uncompared": [],
        }
    for at, settings in [*history.of_kind(BucketSettingsCompared)][-1:]:
        yield {
            "what": f"settings of buckets: {settings.left} and {settings.right}",
            "at": at,
            "compared": ", ".join(settings.compared),
            "numbers": None,
            "differing": list(settings.differing),
            "uncompared": [],
        }
