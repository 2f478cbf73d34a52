"""The page says what the record says, asks nobody for anything, and takes no text of a run for markup."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from ziggie_harness.cli import main
from ziggie_harness.evidence.report.overview import headline
from ziggie_harness.evidence.report.page import as_script_data, render
from ziggie_harness.evidence.report.story import promise
from ziggie_harness.evidence.row import Ending, Row
from ziggie_harness.evidence.run_record import read_run
from ziggie_harness.evidence.sealed import read_bundle
from ziggie_harness.model.errors import EvidenceError

if TYPE_CHECKING:
    from pathlib import Path

LOADS = {"src", "srcset", "data", "poster", "action", "formaction", "background", "ping"}
"""The attributes by which a page asks for something, `href` of a link apart."""


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text of each script that is data."""

    def __init__(self, page: str) -> None:
        """Read a page."""
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.data: dict[str, str] = {}
        self._block = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        named = dict(attrs)
        self.found.append((tag, named))
        self._block = str(named.get("id", "")) if named.get("type") == "application/json" else ""

    def handle_data(self, data: str) -> None:
        """Keep the data of the page."""
        if self._block:
            self.data[self._block] = self.data.get(self._block, "") + data

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        self._block = ""


@pytest.fixture(scope="module")
def page(sealed_run: Path) -> str:
    """Return the page of the run."""
    return render(read_run(sealed_run))


def test_the_page_asks_nobody_for_anything(page: str) -> None:
    """No element of it loads something, links lead within it, and its policy forbids the rest."""
    for tag, attributes in Elements(page).found:
        assert not LOADS & attributes.keys(), tag
        assert (attributes.get("href") or "#").startswith(("#", "data:")), attributes
    (policy,) = [attributes["content"] for _, attributes in Elements(page).found if "http-equiv" in attributes]
    assert (policy or "").startswith("default-src 'none'; script-src 'sha256-")
    assert "@import" not in page
    assert "url(#hatch)" in page
    assert page.count("url(") == 1


def test_a_text_of_the_run_is_never_markup(page: str) -> None:
    """A name that ends a script and begins another does neither; it has one script, and no image."""
    elements = Elements(page)
    scripts = [attributes for tag, attributes in elements.found if tag == "script" and "type" not in attributes]
    assert len(scripts) == 1
    assert all(tag != "img" for tag, _ in elements.found)
    assert all(not name.startswith("on") for _, attributes in elements.found for name in attributes)
    assert "\u2028" not in elements.data["data-1"]


@pytest.mark.parametrize("text", ["</script>", "<!--<script>", "\u2028\u2029", "&lt;", "]]>", '"\\'])
def test_data_cannot_leave_its_element(text: str) -> None:
    """What could end a script is spelled another way, and is read as it was."""
    written = as_script_data({"text": text})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {"text": text}


def test_the_page_has_the_numbers_of_the_record(sealed_run: Path, page: str) -> None:
    """Each drill's numbers are those of its verdicts; what is lost is listed write by write."""
    elements = Elements(page)
    drills = [json.loads(text) for name, text in elements.data.items() if name.startswith("data-")]
    assert len(drills) == len(read_run(sealed_run).scenarios)
    for drill in drills:
        if "record" not in drill:
            continue
        verdicts = json.loads((sealed_run / drill["record"]["folder"] / "verdicts.json").read_bytes())
        assert [(one["check"], one["verdict"], one["sentence"]) for one in drill["judgements"]] == [
            (one["check"], one["verdict"], one["sentence"]) for one in verdicts
        ]
        for shown, sealed in zip(drill["judgements"], verdicts, strict=True):
            numbers = [[one["name"], one["value"], one["unit"], one["objective"]] for one in sealed["measurements"]]
            assert shown["numbers"] == numbers
        events = sum(run[4] for lane in drill["lanes"] if lane["name"] != "clock" for run in lane["runs"])
        stored = sum(run[4] for lane in drill["lanes"] if lane["name"].startswith("stored in") for run in lane["runs"])
        lines = (sealed_run / drill["record"]["folder"] / "history.jsonl").read_bytes().count(b"\n")
        assert events - stored == lines == drill["events"]
        assert len(drill["losses"]["writes"]) == drill["losses"]["lost"]


def test_a_caught_defect_comes_with_the_corrected_design(page: str) -> None:
    """Whoever reads of a planted defect learns how bad it is, and what the corrected design has in its place."""
    drills = [json.loads(text) for name, text in Elements(page).data.items() if name.startswith("data-")]
    (caught,) = [drill for drill in drills if drill["ending"] == "caught"]
    assert caught["losses"]["lost"] == 8
    assert [(defect["number"], defect["severity"]) for defect in caught["defects"]] == [("G11", "critical")]
    assert caught["defects"][0]["corrected"]
    assert caught["changes"] == [["fencing", "null", "{kind: lease}"]]


def test_the_worst_sound_drill_stands_beside_the_promise(page: str) -> None:
    """A broken promise comes first, and what a sabotage loses is nobody's broken promise."""
    cards = re.findall(r'<li class="(kept|broken|unproved)">(.*?)</li>', page, re.DOTALL)
    told = [(state, " ".join(re.sub(r"<[^>]+>", " ", text).replace("\u00a0", " ").split())) for state, text in cards]
    assert [(state, text.partition(":")[0]) for state, text in told] == [
        ("broken", "Clients are served again, and stay served, within 2 min Broken"),
        ("kept", "Of what was acknowledged, nothing is lost that is older than 5 s Kept"),
        ("kept", "Clients are served again, and stay served, within 15 min Kept"),
    ]
    assert "150.0 s (2 min 30 s)" in told[0][1]
    assert "nothing lost" in told[1][1]


@pytest.mark.parametrize(
    ("endings", "ending", "words"),
    [
        (["passed", "caught"], "passed", "Every promise was kept, and every defect that was planted"),
        (["passed", "skipped"], "passed", "Every promise was kept."),
        (["caught"], "caught", "no sound design was drilled"),
        (["passed", "failed", "error"], "failed", "1 promise was broken."),
        (["passed", "error"], "error", "The harness itself failed in 1 drill."),
        (["passed", "unknown", "unknown"], "unknown", "2 drills prove nothing"),
        (["skipped"], "skipped", "Nothing was proved"),
        ([], "skipped", "Nothing was proved"),
    ],
)
def test_the_headline_says_the_worst(endings: list[str], ending: str, words: str) -> None:
    """One failed drill is what the page begins with, however many passed."""
    found, sentence = headline(Row("f", "s", Ending(each)) for each in endings)
    assert found == ending
    assert words in sentence


def test_a_promise_is_told_with_the_values_that_were_asked(run_directory: Path) -> None:
    """The docstring of a check is the promise; its parameters stand in it as the record has them."""
    (first, second) = read_bundle(run_directory / "drill-1").judged
    assert promise(first) == "Requests succeed again within 120 s of the fault, and stay so for 30 s."
    assert promise(dataclasses.replace(second, parameters={})).count("`") == 0


def test_a_run_that_was_killed_says_so(run_directory: Path) -> None:
    """Without its record the page still has every sealed drill, and tells that the run did not end."""
    (run_directory / "run.json").unlink()
    page = render(read_run(run_directory))
    assert "before it could write down what it played" in page


def test_the_command_writes_the_page_beside_the_evidence(run_directory: Path, tmp_path: Path) -> None:
    """It goes where it is wanted, and into the run's folder otherwise; the run can be read again afterwards."""
    done = CliRunner().invoke(main, ["report", str(run_directory)])
    assert (done.exit_code, done.output) == (0, f"wrote {run_directory / 'report.html'}\n")
    elsewhere = tmp_path / "new" / "page.html"
    assert CliRunner().invoke(main, ["report", str(run_directory), "--output", str(elsewhere)]).exit_code == 0
    assert elsewhere.read_text(encoding="utf-8") == (run_directory / "report.html").read_text(encoding="utf-8")


def test_the_command_says_what_is_no_evidence(tmp_path: Path) -> None:
    """A folder without evidence, and a page that cannot be written, each end with 3 and what to do."""
    done = CliRunner().invoke(main, ["report", str(tmp_path)])
    assert done.exit_code == 3
    assert "holds no evidence of a run" in done.output


def test_a_page_that_cannot_be_written_is_told(run_directory: Path, tmp_path: Path) -> None:
    """The error names the file."""
    (tmp_path / "taken").write_text("a file, and no folder")
    done = CliRunner().invoke(main, ["report", str(run_directory), "--output", str(tmp_path / "taken" / "page.html")])
    assert done.exit_code == 3
    assert "page.html cannot be written" in done.output


def test_a_changed_history_is_refused(run_directory: Path) -> None:
    """A line that is no record is no page."""
    path = run_directory / "drill-0" / "history.jsonl"
    path.chmod(0o644)
    path.write_text("{}\n")
    with pytest.raises(EvidenceError, match="no record of a history"):
        render(read_run(run_directory))
