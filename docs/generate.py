# ruff: noqa: INP001 - a script beside the pages that it writes, not a package
"""Write docs/reference from the code: `python docs/generate.py`. A test compares the pages with what this would write.

Every row comes from a docstring or a registry, so nothing about a plugin is written twice.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

import yaml
from pytest_bdd.steps import step_function_context_registry

from ziggie_harness import checks, steps
from ziggie_harness.backends.embedded_backend import BEYOND_LOOPBACK, ON_LOOPBACK
from ziggie_harness.backends.emulated.readiness import examinations
from ziggie_harness.collection import read_feature, requirements_of
from ziggie_harness.drill.plugins import (
    backends_found,
    failbacks_found,
    failovers_found,
    faults_found,
    probes_found,
    verbs_found,
)
from ziggie_harness.drill.stage import DATA, variants
from ziggie_harness.drill.variants import defects_planted
from ziggie_harness.emulation.autoscaling.launch_rules import LAUNCH_RULES
from ziggie_harness.emulation.autoscaling.request_rules import RULES as AUTOSCALING_RULES
from ziggie_harness.emulation.cloudwatch.request_rules import RULES as CLOUDWATCH_RULES
from ziggie_harness.emulation.eventbridge.request_rules import RULES as EVENTBRIDGE_RULES
from ziggie_harness.emulation.functions.request_rules import RULES as LAMBDA_RULES
from ziggie_harness.emulation.rds.rules import RULES as RDS_RULES
from ziggie_harness.emulation.rds.snapshot_rules import SNAPSHOT_RULES
from ziggie_harness.emulation.route53.rules import RULES as ROUTE53_RULES
from ziggie_harness.emulation.s3 import bucket_rules, eligibility, failures
from ziggie_harness.emulation.secretsmanager.replication import REPLICATION_RULES
from ziggie_harness.emulation.secretsmanager.rules import RULES as SECRETS_RULES
from ziggie_harness.emulation.sns.request_rules import RULES as SNS_RULES
from ziggie_harness.evidence.bundle import FORMAT
from ziggie_harness.evidence.clauses import clauses
from ziggie_harness.evidence.matrix import Traced, matrix
from ziggie_harness.evidence.schema import SCHEMA, schema
from ziggie_harness.kernel.journal import KINDS as EVENTS
from ziggie_harness.kernel.registry import Registry
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.tags import TAGS, check_of
from ziggie_harness.ports import Failback, Failover

ROOT: Final = Path(__file__).resolve().parents[1]
REFERENCE: Final = ROOT / "docs" / "reference"

EMULATORS: Final = ROOT / "tests" / "data" / "emulators.json"
"""What the contract tests hold moto and LocalStack to."""

EMULATED: Final = {
    "cloudwatch": "CloudWatch",
    "events": "EventBridge",
    "route53": "Route 53",
    "s3": "S3",
    "secretsmanager": "Secrets Manager",
    "sns": "SNS",
}

NOTICE: Final = "Written by `python docs/generate.py` from the code; change the code, not this page."

KINDS: Final = ("given", "when", "then")


def pages() -> dict[str, str]:
    """Return every page of the reference by its file name."""
    contents = (
        ("Faults", "Each is undone at the end, and has to prove that it bites.", _faults()),
        (
            "Failovers",
            "Each ends the sentence `service fails over ...`.",
            _moves("over", failovers_found()),
        ),
        (
            "Failbacks",
            "Each ends the sentence `service fails back ...`.",
            _moves("back", failbacks_found()),
        ),
        ("Verbs", "What an operator does. Each ends the sentence `the operator ...`.", _verbs()),
        ("Checks", "Pure functions from a history to a verdict.", _checks()),
        ("Probes", "Observers that run from the steady state to the end of the watch.", _probes()),
        (
            "Readiness",
            "What `the secondary region is ready to take over` looks at, on the embedded backend.",
            _readiness(),
        ),
        ("Steps", "The sentences of a feature. A region is named by its role.", _steps()),
        ("Variants", "Designs with one planted defect, for scenarios tagged `@must-fail`.", _variants()),
        (
            "Mutants",
            "Defects of the guide, with the scenarios that fail by it, or why none can; the corrected designs pass.",
            _mutants(),
        ),
        (
            "Traceability",
            "Clauses of standards, in our words, and the requirements whose drills can support them.",
            _traceability(),
        ),
        ("Tags", "A closed set: an unknown one is an error at collection.", _tags()),
        ("Emulator rules", "What the embedded AWS refuses, and on whose word.", _rules()),
        (
            "Emulators",
            "What moto and LocalStack do by themselves with a request that AWS refuses, as measured; no AWS was asked.",
            _emulators(),
        ),
        ("Capabilities", "What each backend offers, and how genuine it is.", _capabilities()),
        (
            "Evidence format",
            f"Format {FORMAT} of sealed evidence. Its JSON Schema is `ziggie_harness/evidence/{SCHEMA.name}`.",
            _evidence_format(),
        ),
    )
    return {f"{title.lower().replace(' ', '-')}.md": _page(title, sentence, body) for title, sentence, body in contents}


def _page(title: str, sentence: str, body: Iterable[str]) -> str:
    """Return a whole page."""
    return "\n".join([f"# {title}", "", f"{sentence} {NOTICE}", "", *body]).rstrip() + "\n"


def _evidence_format() -> Iterator[str]:
    """Yield a table for each file of sealed evidence, and one of the kinds of events."""
    yield "What each file is for, and how to verify and judge: [read the evidence](../how-to/read-the-evidence.md)."
    yield ""
    for name, part in schema()["$defs"].items():
        yield f"## `{name}`"
        yield ""
        yield part["description"]
        yield ""
        yield from _table(("key", "type", "meaning"), _keys(part, ""))
    yield "## Events"
    yield ""
    yield "A reader passes over a kind that it does not know; new kinds and fields do not raise the format."
    yield ""
    rows = (
        (f"`{name}`", ", ".join(f"`{field}`" for field in inspect.signature(kind).parameters), _told(kind))
        for name, kind in sorted(EVENTS.items())
    )
    yield from _table(("kind", "fields", "meaning"), rows)


def _keys(part: Mapping[str, Any], place: str) -> Iterator[Sequence[str]]:
    """Yield a row for each key below a part of the schema; `[]` stands for each item of a list."""
    for choice in part.get("oneOf", ()):
        yield from _keys(choice, place)
    if "items" in part:
        yield from _keys(part["items"], f"{place}[]")
    for key, value in part.get("properties", {}).items():
        inner = f"{place}.{key}" if place else key
        told = value.get("description") or "See below."
        if "enum" in value:
            told += f" One of {', '.join(value['enum'])}."
        yield f"`{inner}`", _kind(value), told
        yield from _keys(value, inner)


def _kind(value: Mapping[str, Any]) -> str:
    """Say what stands at a key."""
    if "$ref" in value:
        return f"`{value['$ref'].rpartition('/')[2]}`"
    if "const" in value:
        return f"always {value['const']}"
    if "oneOf" in value:
        return " or ".join(choice["type"] for choice in reversed(value["oneOf"]))
    if "items" in value and "$ref" in value["items"]:
        return f"array of {_kind(value['items'])}"
    kind = value["type"]
    return kind if isinstance(kind, str) else " or ".join(kind)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table."""
    for row in (header, ["---"] * len(header), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
    yield ""


def _told(thing: object) -> str:
    """Return the first sentence of what a class, a function or a plugin's module says of itself."""
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def _module_of(plugin: object) -> str:
    """Return what the module of a plugin says of itself, on one line."""
    return " ".join((inspect.getdoc(inspect.getmodule(type(plugin))) or "").split())


def _needs(needs: Iterable[Capability]) -> str:
    """Return the capabilities that something needs, in the order of their names."""
    return ", ".join(sorted(str(capability) for capability in needs))


def _faults() -> Iterator[str]:
    """Yield the table of faults."""
    found = faults_found().plugins.values()
    yield from _table(
        ("fault", "sentence", "what happens", "how", "proof", "needs"),
        (
            (
                fault.name,
                f"`{fault.phrase}`",
                _module_of(fault),
                _told(type(fault)),
                _told(fault.proof),
                _needs(fault.needs),
            )
            for fault in found
        ),
    )


def _moves(where: str, found: Registry[Failover] | Registry[Failback]) -> Iterator[str]:
    """Yield a section for each failover or failback: its module explains it."""
    for move in found.plugins.values():
        yield f"## {move.name}"
        yield ""
        yield f"`service fails {where} {move.phrase}` - needs {_needs(move.needs)}"
        yield ""
        yield inspect.getdoc(inspect.getmodule(type(move))) or ""
        yield ""


def _verbs() -> Iterator[str]:
    """Yield a section for each verb: its module explains it."""
    for verb in verbs_found().plugins.values():
        yield f"## {verb.name}"
        yield ""
        yield f"`the operator {verb.phrase}` - needs {_needs(verb.needs)}"
        yield ""
        yield inspect.getdoc(inspect.getmodule(type(verb))) or ""
        yield ""


def _checks() -> Iterator[str]:
    """Yield a section for each check: what it promises, and what it has to be told."""
    for info in pkgutil.iter_modules(checks.__path__, f"{checks.__name__}."):
        module = importlib.import_module(info.name)
        for _, check in inspect.getmembers(module, inspect.isclass):
            if (
                check.__module__ != module.__name__
                or check.__name__.startswith("_")
                or not dataclasses.is_dataclass(check)
            ):
                continue
            yield f"## {vars(check)['name']}"
            yield ""
            yield inspect.getdoc(module) or ""
            yield ""
            yield inspect.getdoc(check) or ""
            yield ""
            told = ", ".join(f"`{field.name}`" for field in dataclasses.fields(check))
            yield f"Is told: {told or 'nothing'}."
            yield ""


def _readiness() -> Iterator[str]:
    """Yield the table of examinations."""
    yield from _table(
        ("thing", "what has to be true", "how it is seen"),
        (
            (name, _module_of(examination), " ".join((inspect.getdoc(type(examination)) or "").split()))
            for name, examination in examinations().plugins.items()
        ),
    )


def _probes() -> Iterator[str]:
    """Yield the table of probes."""
    yield from _table(
        ("probe", "what it does", "why"),
        ((name, _told(type(probe)), _module_of(probe)) for name, probe in probes_found().items()),
    )


def _steps() -> Iterator[str]:
    """Yield a table for each kind of sentence."""
    for info in pkgutil.iter_modules(steps.__path__, f"{steps.__name__}."):
        importlib.import_module(info.name)
    ours = [
        step
        for step in step_function_context_registry.values()
        if step.step_func.__module__.startswith(f"{steps.__name__}.")
    ]
    for kind in KINDS:
        yield f"## {kind.capitalize()}"
        yield ""
        rows = sorted((f"`{_sentence(step.parser)}`", _told(step.step_func)) for step in ours if step.type == kind)
        yield from _table(("sentence", "what it does"), rows)


def _sentence(parser: object) -> str:
    """Return a step's sentence as a person writes it, with names in braces where it varies."""
    regex = getattr(parser, "regex", None)
    if regex is None:
        return str(getattr(parser, "name", parser))
    named = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", regex.pattern)
    return re.sub(r"\\(.)", r"\1", named).removesuffix("$")


def _variants() -> Iterator[str]:
    """Yield the table of planted defects."""
    yield from _table(
        ("sentence", "defect of the guide", "what differs"),
        (
            (
                f"`{variant.sentence}`",
                variant.defect,
                ", ".join(f"`{key}`" for key in variant.overrides),
            )
            for variant in variants()
        ),
    )


def _mutants() -> Iterator[str]:
    """Yield the table of the guide's defects, with the sabotages that plant them."""
    planted: dict[str, list[str]] = {}
    for path in sorted((ROOT / "features").rglob("*.feature")):
        for example in read_feature(path):
            tags = {tag.name.lstrip("@") for tag in example.tags}
            place = path.relative_to(ROOT / "features").with_suffix("")
            sentences = {step.text for step in example.scenario.steps}
            for defect in defects_planted(sentences, tags, variants()):
                planted.setdefault(defect, []).append(f"{example.scenario.name} ({place}, by {check_of(tags)})")
    explained = yaml.safe_load((DATA / "defects.yaml").read_text(encoding="utf-8"))
    told = {variant.defect: f"A design {variant.phrase}." for variant in variants()}
    told |= {number: defect["says"] for number, defect in explained.items()}
    yield from _table(
        ("defect", "what the guide does", "scenarios that fail by it, and the check that notices"),
        (
            (
                number,
                told[number],
                "; ".join(planted.get(number, ())) or f"none: {explained[number]['unshown'].strip()}",
            )
            for number in sorted(told)
        ),
    )


def _traceability() -> Iterator[str]:
    """Yield the matrix without results: clauses with their requirements, and requirements with their scenarios."""
    paths = sorted((ROOT / "features").rglob("*.feature"))
    found = matrix((Traced(planned) for path in paths for planned in requirements_of(path, ROOT)), clauses())
    yield (
        "A drill that passes supports a clause; it never says that anybody complies. A clause marked (*) was read in"
        " mappings alone, so verify it before you cite it. What the last run showed stands in the exports of a run."
    )
    yield ""
    yield "## Clauses"
    yield ""
    yield from _table(
        ("clause", "tag", "asks, in our words", "requirements"),
        (
            (
                line.clause.name,
                f"`@clause-{line.identifier}`",
                line.clause.asks,
                "; ".join(f"{bearing.identifier} {bearing.feature}" for bearing in line.requirements)
                or f"**gap**: nothing yet shows {line.clause.answered_by}",
            )
            for line in found.lines
        ),
    )
    yield "## Requirements"
    yield ""
    yield from _table(
        ("requirement", "clauses", "scenarios that show it", "sabotages that its checks notice"),
        (
            (
                f"{bearing.identifier} {bearing.feature}",
                ", ".join(bearing.clauses) or "none",
                "; ".join(traced.requirement.scenario for traced in bearing.scenarios if not traced.is_sabotage),
                "; ".join(traced.requirement.scenario for traced in bearing.scenarios if traced.is_sabotage),
            )
            for bearing in found.requirements
        ),
    )


def _tags() -> Iterator[str]:
    """Yield the table of tags."""
    rows = [("`@REQ-DR-<two digits>`", "the requirement that a feature states.")]
    rows.append(
        (
            "`@G<two digits>`",
            "a defect of the guide that a sabotage plants without a [variant](variants.md); see [mutants](mutants.md).",
        )
    )
    rows.append(
        ("`@clause-<id>`", "a clause that the requirement bears on; see [traceability](traceability.md)."),
    )
    rows += [(f"`@{tag}`", meaning) for tag, meaning in TAGS.items()]
    yield from _table(("tag", "meaning"), rows)


def _emulators() -> Iterator[str]:
    """Yield a table for each service: the rules, and what each emulator answers to a request that breaks one."""
    table = json.loads(EMULATORS.read_text(encoding="utf-8"))
    versions = table.pop("versions")
    told = {rule.__name__: rule for rules in _services().values() for rule in rules}
    yield "Our rules stand in front of both, which is why both backends refuse what AWS refuses: *taken* is a request"
    yield "that only our rule refuses. The answers are held by the contract tests, which fail when an emulator changes."
    yield "Beyond refusals: neither evaluates routing policies or health checks, copies objects or promotes a replica"
    yield "of a secret, and LocalStack without a licence has no RDS at all, so these data planes are the harness's own"
    yield "on both backends."
    yield ""
    for service, rules in table.items():
        yield f"## {EMULATED[service]}"
        yield ""
        rows = (
            (f"`{name}`", _rule(told[name])[1], *(answers.get(emulator, "not asked") for emulator in versions))
            for name, answers in rules.items()
        )
        yield from _table(("rule", "AWS", *(f"{name} ({version})" for name, version in versions.items())), rows)


def _rules() -> Iterator[str]:
    """Yield a table of rules for each service."""
    for service, rules in _services().items():
        yield f"## {service}"
        yield ""
        yield from _table(("rule", "what it says", "source"), (_rule(rule) for rule in rules))


def _services() -> Mapping[str, Iterable[Callable[..., object]]]:
    """Return the rules by what they are about."""
    return {
        "Route 53": ROUTE53_RULES,
        "RDS": (*_each_once(RDS_RULES), *_each_once(SNAPSHOT_RULES)),
        "EventBridge": EVENTBRIDGE_RULES,
        "CloudWatch": CLOUDWATCH_RULES,
        "SNS": SNS_RULES,
        "Lambda": LAMBDA_RULES,
        "Auto Scaling": AUTOSCALING_RULES,
        "EC2: why it launches no server": LAUNCH_RULES,
        "S3: what it refuses": _each_once(bucket_rules.RULES),
        "S3: what it copies to another region": eligibility.CONDITIONS,
        "S3: why a copy fails": failures.REASONS,
        "Secrets Manager": (*_each_once(SECRETS_RULES), *REPLICATION_RULES),
    }


def _each_once(by_request: Mapping[type, Iterable[Callable[..., object]]]) -> Iterable[Callable[..., object]]:
    """Return the rules of all requests, each once."""
    return dict.fromkeys(chain.from_iterable(by_request.values()))


def _rule(rule: Callable[..., object]) -> tuple[str, str, str]:
    """Return name, meaning and source of a rule."""
    says, _, source = (inspect.getdoc(rule) or "").partition("Source:")
    return f"`{rule.__name__}`", " ".join(says.split()), " ".join(source.split())


def _capabilities() -> Iterator[str]:
    """Yield a table for each backend."""
    for name, backend in backends_found().plugins.items():
        yield f"## {name}"
        yield ""
        yield from _table(
            ("capability", "fidelity", "what stands behind it"),
            ((str(capability), offer.fidelity.name, offer.behind) for capability, offer in backend.offers().items()),
        )
    yield "## embedded, where no namespaces can be made"
    yield ""
    yield "All regions are on the machine's loopback. What is not named here is as above."
    yield ""
    different = ((str(capability), offer.fidelity.name, offer.behind) for capability, offer in ON_LOOPBACK.items())
    absent = ((str(capability), "none", why) for capability, why in BEYOND_LOOPBACK.items())
    yield from _table(("capability", "fidelity", "what stands behind it, or why nothing does"), (*different, *absent))


if __name__ == "__main__":
    REFERENCE.mkdir(exist_ok=True)
    for file_name, text in pages().items():
        (REFERENCE / file_name).write_text(text, encoding="utf-8")
