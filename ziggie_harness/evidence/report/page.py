"""The page itself: one HTML file that asks nobody for anything.

Texts of a run, such as names and messages, are data to it: the templates escape them, and the script puts them on the
page as text. Should one slip through all the same, the page's own policy lets no script run but the one that is here.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ziggie_harness.evidence.clauses import clauses
from ziggie_harness.evidence.matrix import matrix
from ziggie_harness.evidence.report import overview, planted
from ziggie_harness.evidence.report.document import document, scenario, source_key
from ziggie_harness.evidence.results import results_of
from ziggie_harness.evidence.row import Ending
from ziggie_harness.evidence.run_record import RunRecord, read_run
from ziggie_harness.evidence.sealed import SealedBundle
from ziggie_harness.model.errors import EvidenceError

PARTS: Final = Path(__file__).parent / "page"

SCRIPTS: Final = (
    "dom.js",
    "words.js",
    "scale.js",
    "lanes.js",
    "timeline.js",
    "hands.js",
    "facts.js",
    "drill.js",
    "list.js",
    "start.js",
)
"""The page's script, in the order in which its parts build on each other."""

STYLES: Final = ("page.css", "drill.css", "timeline.css", "print.css")

NEEDS_SOMEBODY: Final = frozenset({Ending.FAILED, Ending.UNKNOWN, Ending.ERROR})

_ESCAPES: Final[Mapping[str, str]] = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
"""What could end the element that holds JSON, or a line of it for an old reader, and how JSON spells it instead."""


def write_report(directory: Path, path: Path) -> None:
    """Write the page of the run that left its evidence in a folder; raise EvidenceError when that cannot be done."""
    page = render(read_run(directory))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise EvidenceError(f"{path} cannot be written: {error.strerror}", hint="name another file") from error


def render(run: RunRecord) -> str:
    """Return the page of a run; raise EvidenceError when a history cannot be read."""
    environment = Environment(
        loader=FileSystemLoader(PARTS), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["seconds"] = overview.seconds
    script, style = _joined(SCRIPTS), _joined(STYLES)
    listed = overview.entries(run)
    ending, headline = overview.headline(entry.row for entry in listed)
    return environment.get_template("report.html.j2").render(
        policy=f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:",
        script=Markup(script),  # noqa: S704 - a file of this package
        style=Markup(style),  # noqa: S704 - the same
        ending=ending,
        headline=headline,
        count=Counter(entry.row.ending for entry in listed),
        endings=list(Ending),
        entries=listed,
        features=list(overview.by_feature(listed)),
        broken=[entry for entry in listed if entry.row.ending in NEEDS_SOMEBODY],
        promises=overview.promises(run.bundles, listed),
        genuineness=overview.genuineness(run.bundles),
        matrix=matrix(results_of([run]), clauses()),
        times=_times(run),
        run=run,
        drills=list(_drills(run)),
        sources=as_script_data(_sources(run.bundles)),
        known=as_script_data(_known_causes(run.bundles)),
    )


def as_script_data(value: object) -> Markup:
    """Write a value as JSON that cannot leave the element of the page that it stands in."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # The text is data of a type that no browser runs, and nothing in it can end its element.
    return Markup(text.translate({ord(letter): spelled for letter, spelled in _ESCAPES.items()}))  # noqa: S704 - escaped in the line above


def _drills(run: RunRecord) -> Iterable[Markup]:
    """Yield the data of each scenario in the order of the page."""
    bundles = {id(bundle.played): bundle for bundle in run.bundles}
    for played in run.scenarios:
        bundle = bundles.get(id(played))
        yield as_script_data(document(bundle) if bundle else scenario(played.requirement, played.row))


def _sources(bundles: Iterable[SealedBundle]) -> Mapping[str, str]:
    """Return the texts that many drills share, each once."""
    texts = {text for bundle in bundles for text in (bundle.provenance.feature_text, bundle.provenance.design.text)}
    return {source_key(text): text for text in texts}


def _known_causes(bundles: Iterable[SealedBundle]) -> Mapping[str, Sequence[Mapping[str, str]]]:
    """Return, by check, the defects that were planted in this run and that it noticed."""
    found: dict[str, dict[str, Mapping[str, str]]] = {}
    for bundle in bundles:
        if bundle.played.row.ending is Ending.CAUGHT:
            for defect in planted.defects_in(bundle):
                found.setdefault(bundle.played.row.caught_by, {})[defect["number"]] = defect
    return {check: list(causes.values()) for check, causes in found.items()}


def _times(run: RunRecord) -> Mapping[str, str]:
    """Return when the run began and ended, by its drills, and who ran it on which commit."""
    provenances = [bundle.provenance for bundle in run.bundles]
    if not provenances:
        return {}
    first = min(provenances, key=lambda one: one.started)
    return {
        "started": _utc(first.started),
        "ended": _utc(max(one.ended for one in provenances)),
        "run_by": first.machine.user,
        "approved_by": first.approved_by,
        "commit": first.checkout.commit,
        "dirty": "with changes that are not committed" if first.checkout.dirty else "",
    }


def _utc(moment: datetime) -> str:
    """Return a moment as a reader of any zone understands it."""
    return f"{moment.astimezone(UTC):%d %B %Y, %H:%M} UTC"


def _joined(names: Iterable[str]) -> str:
    """Return files of the page as one text."""
    return "\n" + "".join((PARTS / name).read_text(encoding="utf-8") for name in names)


def _hash(text: str) -> str:
    """Return how a page's policy names the one script, or style, that it allows."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
