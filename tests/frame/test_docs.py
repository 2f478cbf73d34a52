"""The documentation is true: links lead somewhere, commands name what exists, the reference is what the code says."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_bdd.steps import step_function_context_registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])

LINK = re.compile(r"\]\(([^)\s]+)\)")
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
PLACES = ("features", "tests", "docs", "benchmarks", "fixtures", "steps", "ziggie_harness")


def broken_links(page: Path) -> Iterator[str]:
    """Yield every relative link of a page that leads to no file, or to no heading of that file."""
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        place, _, heading = link.partition("#")
        if "://" in place:
            continue
        target = (page.parent / place) if place else page
        if not target.exists() or (heading and heading not in anchors(target)):
            yield link


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings get."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def lost_places(text: str) -> Iterator[str]:
    """Yield every place of the project that a command of a page names and that does not exist."""
    for block in SHELL.findall(text):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            for word in words[1:]:
                place = word.partition("::")[0]
                ours = place.partition("/")[0] in PLACES or place == "dev.py"
                if ours and not (ROOT / place).exists():
                    yield f"{line}: there is no {place}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of every page leads to a file and, with a #, to a heading of it."""
    assert list(broken_links(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_name_what_exists(page: Path) -> None:
    """Every file and folder in a command exists."""
    assert list(lost_places(page.read_text(encoding="utf-8"))) == []


def test_a_broken_link_and_a_lost_place_are_found(tmp_path: Path) -> None:
    """The tests above see a missing file, a missing heading, and a path in a command that is nowhere."""
    page = tmp_path / "page.md"
    page.write_text("# A heading\n[a](gone.md) [b](#a-heading) [c](#other) [d](https://example.org/x)\n")
    assert list(broken_links(page)) == ["gone.md", "#other"]
    planted = "```sh\npython3 dev.py features features/gone -n 0  # a remark about tests/gone\n```"
    assert list(lost_places(planted)) == [
        "python3 dev.py features features/gone -n 0  # a remark about tests/gone: there is no features/gone"
    ]


def test_every_page_can_be_found() -> None:
    """A page that no other page links to is read by nobody."""
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in link
    }
    assert [str(page) for page in DOCS.rglob("*.md") if page not in linked] == []


def undefined_sentences(text: str) -> Iterator[str]:
    """Yield every sentence of a page's scenarios that no step of the harness has, and none that the page defines."""
    own = set(re.findall(r'@(?:given|when|then)\("([^"]+)"\)', text))
    for block in re.findall(r"```gherkin\n(.*?)```", text, flags=re.DOTALL):
        for sentence in re.findall(r"^ +(?:Given|When|Then|And) (.+)$", block, flags=re.MULTILINE):
            known = any(step.parser.is_matching(sentence) for step in step_function_context_registry.values())
            if sentence not in own and not known:
                yield sentence


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_scenarios_on_pages_could_be_played(page: Path) -> None:
    """Every sentence of a scenario that a page shows has a step."""
    assert list(undefined_sentences(page.read_text(encoding="utf-8"))) == []


def test_a_sentence_without_a_step_is_found() -> None:
    """The test above sees a sentence that nobody defined, and accepts one that the page itself defines."""
    planted = """```gherkin\n  Given nobody defined this\n  Then a page did\n```\n@then("a page did")"""
    assert list(undefined_sentences(planted)) == ["nobody defined this"]


def generator() -> ModuleType:
    """Return the script that writes the reference."""
    spec = importlib.util.spec_from_file_location("generate_reference", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_code_says() -> None:
    """Each page is what `python docs/generate.py` would write now; run it when this fails."""
    written = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "reference").glob("*.md")}
    assert written == generator().pages()
