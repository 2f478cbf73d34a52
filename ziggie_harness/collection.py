"""Collect .feature files directly: `pytest features/` runs every scenario below, with no Python beside the files.

A feature file becomes a pytest module whose test functions are its scenarios, named as in the file. Tags become
markers. Unknown tags, repeated names and syntax errors are collection errors that name the file and the line.
"""

from __future__ import annotations

import re
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest
from pytest_bdd import scenario
from pytest_bdd.exceptions import GherkinParseError
from pytest_bdd.feature import get_feature
from pytest_bdd.gherkin_parser import get_gherkin_document
from pytest_bdd.scenario import make_python_name

from ziggie_harness.evidence.clauses import clauses
from ziggie_harness.model.declarations import nearest
from ziggie_harness.model.errors import FeatureError
from ziggie_harness.model.requirement import Requirement
from ziggie_harness.model.tags import (
    CLAUSE,
    COMPLIANCE,
    TAGS,
    clauses_of,
    objection_to_tag,
    objection_to_tags,
    requirement_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pytest_bdd.gherkin_parser import Feature, Tag
    from pytest_bdd.gherkin_parser import Scenario as Written
    from pytest_bdd.parser import Feature as TemplateFeature
    from pytest_bdd.parser import ScenarioTemplate

REQUIREMENT_KEY: Final = pytest.StashKey[Requirement]()
"""Where a collected scenario keeps its Requirement: `item.stash[REQUIREMENT_KEY]`, or the fixture `requirement`."""

SOURCE_LINE: Final = re.compile(r"^\s*Source:\s*(?P<source>.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """One set of tags that a scenario runs with: its own, its rule's, its feature's and those of one table."""

    scenario: Written
    tags: tuple[Tag, ...]
    rule: str = ""


def pytest_configure(config: pytest.Config) -> None:
    """Register the closed set of tags as markers, so that strict markers and `-m` know them."""
    for tag, meaning in TAGS.items():
        config.addinivalue_line("markers", f"{tag}: {meaning}")
    config.addinivalue_line(
        "markers", f"{COMPLIANCE}: bears on a clause of a standard; set for scenarios that name one."
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> FeatureModule | None:
    """Collect a .feature file as a module of scenarios."""
    if file_path.suffix != ".feature":
        return None
    return FeatureModule.from_parent(parent, path=file_path)


@pytest.fixture
def requirement(request: pytest.FixtureRequest) -> Requirement:
    """Return the requirement that the running scenario proves."""
    stated: Requirement = request.node.stash[REQUIREMENT_KEY]
    return stated


class FeatureModule(pytest.Module):
    """A feature file as pytest sees it: a module without Python code whose functions are scenarios."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Return one test per scenario and example, each with its requirement."""
        name = self.path.name
        try:
            examples = tuple(read_feature(self.path))
        except FeatureError as error:
            raise self.CollectError(str(error)) from None
        self._register_numbered_markers(examples)
        feature = get_feature(str(self.path.parent), name)
        self.obj = types.ModuleType(make_python_name(self.path.stem))
        for template in feature.scenarios.values():
            setattr(self.obj, _item_name(template.name), _test_function(template, self.path))
        templates = {_item_name(template.name): template for template in feature.scenarios.values()}
        for item in super().collect():
            template = templates[getattr(item, "originalname", item.name)]
            tags = {mark.name for mark in item.iter_markers() if objection_to_tag(mark.name) is None}
            rule = "" if template.rule is None else template.rule.name
            item.stash[REQUIREMENT_KEY] = _requirement(
                template.feature, (template.name, template.line_number), rule, frozenset(tags), self.nodeid
            )
            if clauses_of(tags):
                item.add_marker(COMPLIANCE)
            item.extra_keyword_matches.add(make_python_name(template.name))
            yield item

    def _register_numbered_markers(self, examples: Iterable[Example]) -> None:
        """Make markers of this file's requirements, defects and clauses: for these the tags know only the pattern."""
        known = {line.partition(":")[0] for line in self.config.getini("markers")}
        found = {_bare(tag) for example in examples for tag in example.tags}
        for tag in sorted(found - known):
            self.config.addinivalue_line(
                "markers", f"{tag}: the requirement, the defect of the guide, or the clause of this number."
            )


def read_feature(path: Path) -> Iterator[Example]:
    """Return every scenario of a feature file with each set of tags it runs with; raise FeatureError on any fault."""
    feature = _parse(path)
    examples = tuple(_examples(feature))
    objections = sorted({*_objections_to_names(examples), *_objections_to_tags(feature, examples)})
    if not examples:
        objections.append((feature.location.line, "the feature has no scenario, so it requires nothing"))
    if objections:
        raise FeatureError("\n".join(f"{path}:{line}: {objection}" for line, objection in objections))
    return iter(examples)


def requirements_of(path: Path, root: Path) -> Iterator[Requirement]:
    """Yield what each scenario of a feature file proves, with no test run; raise FeatureError on any fault."""
    feature = _parse(path)
    for example in read_feature(path):
        scenario = (example.scenario.name, example.scenario.location.line)
        tags = frozenset(_bare(tag) for tag in example.tags)
        yield _requirement(feature, scenario, example.rule, tags, path.relative_to(root).as_posix())


def _requirement(
    feature: Feature | TemplateFeature, scenario: tuple[str, int], rule: str, tags: frozenset[str], path: str
) -> Requirement:
    """Gather what a feature file says about one scenario, which is given by its name and line."""
    source = SOURCE_LINE.search(feature.description)
    return Requirement(
        identifier=requirement_of(tags),
        feature=feature.name,
        statement=SOURCE_LINE.sub("", feature.description).strip(),
        source="" if source is None else source["source"],
        rule=rule,
        scenario=scenario[0],
        tags=tags,
        path=path,
        line=scenario[1],
    )


def _parse(path: Path) -> Feature:
    """Parse a feature file; an error names the file and the line."""
    try:
        return get_gherkin_document(str(path)).feature
    except GherkinParseError as error:
        raise FeatureError(f"{path}:{error.line}: {error.message}\n  {error.line_content.strip()}") from error
    except KeyError as error:  # pytest-bdd looks up the feature of a document that has none
        raise FeatureError(
            f"{path}:1: the file holds no feature; start it with `Feature: <what is required>`"
        ) from error
    except UnicodeDecodeError as error:
        raise FeatureError(f"{path}:1: the file is not UTF-8 text ({error.reason} at byte {error.start})") from error


def _examples(feature: Feature) -> Iterator[Example]:
    """Yield the scenarios of a feature and of its rules with every set of tags in force."""
    for child in feature.children:
        if child.scenario is not None:
            yield from _tagged(child.scenario, feature.tags)
        if child.rule is not None:
            for inner in child.rule.children:
                if inner.scenario is not None:
                    yield from _tagged(inner.scenario, [*feature.tags, *child.rule.tags], child.rule.name)


def _tagged(written: Written, inherited: list[Tag], rule: str = "") -> Iterator[Example]:
    """Yield one scenario once for each of its tables of examples, or once if it has none."""
    tags = [*inherited, *written.tags]
    if not written.examples:
        yield Example(written, tuple(tags), rule)
    for table in written.examples:
        yield Example(written, (*tags, *table.tags), rule)


def _objections_to_tags(feature: Feature, examples: Iterable[Example]) -> Iterator[tuple[int, str]]:
    """Yield line and sentence for every tag outside the closed set and every scenario whose tags contradict."""
    rules = [child.rule for child in feature.children if child.rule is not None]
    everywhere = {
        (tag.location.line, _bare(tag)) for tag in [*feature.tags, *(tag for rule in rules for tag in rule.tags)]
    }
    everywhere |= {(tag.location.line, _bare(tag)) for example in examples for tag in example.tags}
    for line, tag in everywhere:
        objection = objection_to_tag(tag) or _objection_to_clause(tag)
        if objection is not None:
            yield line, objection
    for example in examples:
        objection = objection_to_tags({_bare(tag) for tag in example.tags})
        if objection is not None:
            yield example.scenario.location.line, objection


def _objection_to_clause(tag: str) -> str | None:
    """Return why a tag names no clause that somebody wrote down, or None."""
    found = CLAUSE.fullmatch(tag)
    if found is None or found["clause"] in clauses():
        return None
    return f"@{tag} names no clause of clauses.yaml; {nearest(found['clause'], clauses()) or 'add it there'}"


def _objections_to_names(examples: Iterable[Example]) -> Iterator[tuple[int, str]]:
    """Yield line and sentence for every repeated name: pytest-bdd would run only the last of them, in silence."""
    first: dict[str, int] = {}
    for example in examples:
        line = example.scenario.location.line
        name = example.scenario.name
        if not name:
            yield line, "the scenario has no name; name it by its circumstance"
        elif first.setdefault(name, line) != line:
            yield (
                line,
                f"the name {name!r} is taken by the scenario of line {first[name]}; name each by its circumstance",
            )


def _test_function(template: ScenarioTemplate, path: Path) -> Callable[..., object]:
    """Make the test function of one scenario, reported at the scenario's line of the feature file."""

    def nothing_more() -> None:
        """Do nothing: the steps of the scenario are the test."""

    def place() -> None:
        """Do nothing: only stands at the scenario's line."""

    bind = scenario(path.name, template.name, features_base_dir=str(path.parent))
    function: Callable[..., object] = bind(nothing_more)
    # pytest collects functions by prefix or by this attribute; a sentence has no prefix.
    function.__test__ = True  # type: ignore[attr-defined]
    place.__code__ = place.__code__.replace(co_filename=str(path), co_firstlineno=template.line_number)
    # pytest reports a function where `place_as` stands; without it every scenario would be a line of pytest-bdd.
    function.place_as = place  # type: ignore[attr-defined]
    return function


def _item_name(name: str) -> str:
    """Return a scenario's name as a test's name: the sentence itself without what node ids give a meaning to."""
    return name.replace("::", ":").replace("[", "(").replace("]", ")")


def _bare(tag: Tag) -> str:
    """Return a tag's name without its sign."""
    return tag.name.lstrip("@")
