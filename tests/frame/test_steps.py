"""The Gherkin vocabulary: one meaning for each sentence, a Then that raises, and no module left out."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_bdd import parsers
from pytest_bdd.feature import get_feature
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

from ziggie_harness import fixtures, steps
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.plugin import plugin_names
from ziggie_harness.steps.needs import needs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    import pytest

ROOT = Path(__file__).resolve().parents[2]


def sentences(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield place, kind and text of every sentence of every feature below a folder, each example on its own."""
    for path in sorted(folder.rglob("*.feature")):
        for template in get_feature(str(path.parent), path.name).scenarios.values():
            rows = [row for table in template.examples for row in table.as_contexts()] or [{}]
            for step in (step for row in rows for step in template.render(row).steps):
                yield f"{path.name}:{step.line_number}", step.type, step.name


def matching(kind: str, sentence: str, known: Collection[StepFunctionContext]) -> list[str]:
    """Return where the steps stand that match a sentence."""
    return [
        f"{step.step_func.__module__}:{step.step_func.__code__.co_firstlineno}"
        for step in known
        if step.type in {None, kind} and step.parser.is_matching(sentence)
    ]


def ours() -> list[StepFunctionContext]:
    """Return the steps that the harness defines."""
    known = list(step_function_context_registry.values())
    return [step for step in known if step.step_func.__module__.startswith(f"{steps.__name__}.")]


def test_every_sentence_has_one_meaning() -> None:
    """Exactly one step matches each sentence: pytest-bdd would pick one of two in silence."""
    found = {(place, text): matching(kind, text, ours()) for place, kind, text in sentences(ROOT / "features")}
    assert {sentence: homes for sentence, homes in found.items() if len(homes) != 1} == {}


def test_an_ambiguous_and_an_undefined_sentence_are_found(tmp_path: Path) -> None:
    """The test above sees two steps that match one sentence, a step of another kind, and examples."""
    (tmp_path / "planted.feature").write_text(
        "Feature: A\n  Scenario Outline: B\n    Given the <role> region\n"
        "    Examples:\n      | role |\n      | far |\n      | old |\n"
    )
    planted = list(sentences(tmp_path))
    assert planted == [
        ("planted.feature:3", "given", "the far region"),
        ("planted.feature:3", "given", "the old region"),
    ]
    exact = StepFunctionContext("given", test_every_sentence_has_one_meaning, parsers.string("the far region"))
    broad = StepFunctionContext(None, test_every_sentence_has_one_meaning, parsers.parse("the {role} region"))
    other = StepFunctionContext("when", test_every_sentence_has_one_meaning, parsers.parse("the {role} region"))
    assert [len(matching(kind, text, [exact, broad, other])) for _, kind, text in planted] == [2, 1]
    assert matching("then", "nobody defined this", [exact, broad, other]) == []


def objections(function: Callable[..., object]) -> Iterator[str]:
    """Yield what is wrong with the function of a Then: it is not declared to return None, or it returns something."""
    [written] = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    if inspect.signature(function).return_annotation not in {None, "None"}:
        yield f"{function.__qualname__} is not declared to return None"
    if any(isinstance(node, ast.Return) and node.value is not None for node in own_nodes(written)):
        yield f"{function.__qualname__} returns a value that nobody reads; raise instead"


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function without those of functions inside it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from own_nodes(node)


def test_a_then_raises_and_never_returns() -> None:
    """A verdict that is returned is lost: pytest-bdd ignores what a step returns."""
    assert [objection for step in ours() if step.type == "then" for objection in objections(step.step_func)] == []


def test_a_then_that_returns_is_found() -> None:
    """The test above sees a returned verdict and a missing declaration, and lets an inner function return."""

    def sound(recovered: bool) -> None:  # noqa: FBT001 - planted
        """Raise, and let an inner function return."""

        def missing() -> bool:
            return not recovered

        if missing():
            raise AssertionError

    def undeclared(recovered):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - planted
        """Say nothing of what comes back."""
        assert recovered

    def returning(recovered: bool) -> bool:  # noqa: FBT001 - planted
        """Return the verdict."""
        return recovered

    assert list(objections(sound)) == []
    assert [sentence.rpartition(".")[2] for sentence in objections(undeclared)] == [
        "undeclared is not declared to return None"
    ]
    assert [sentence.rpartition(".")[2] for sentence in objections(returning)] == [
        "returning is not declared to return None",
        "returning returns a value that nobody reads; raise instead",
    ]


def test_every_module_is_registered(pytestconfig: pytest.Config) -> None:
    """Each file of steps/ and fixtures/ is a plugin of this very run."""
    files = {
        f"{package.__name__}.{path.stem}"
        for package in (fixtures, steps)
        for path in Path(package.__path__[0]).glob("*.py")
    }
    expected = {name for name in files if not name.endswith("__init__")}
    assert set(plugin_names(fixtures, steps)) == expected
    assert {name for name in expected if not pytestconfig.pluginmanager.hasplugin(name)} == set()


def test_a_planted_module_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file in the folder of a package is a plugin without being listed anywhere."""
    (tmp_path / "planted.py").write_text("")
    monkeypatch.setattr(steps, "__path__", [str(tmp_path)])
    assert list(plugin_names(steps)) == ["ziggie_harness.steps.planted"]


def test_modules_have_one_name() -> None:
    """Nothing was imported as `steps` or `fixtures`: a module of two names would be two modules."""
    twice = {name for name in sys.modules if name.partition(".")[0] in {"steps", "fixtures"}}
    assert twice == set()
    assert pkgutil.resolve_name("ziggie_harness.steps") is steps


def test_what_a_step_requires_is_known_beforehand() -> None:
    """A step that ends a scenario which cannot be played is marked with its needs, before anything is provisioned."""
    functions = {step.step_func for step in ours()}
    requiring = {function for function in functions if "stage.require(" in inspect.getsource(function)}
    assert requiring
    assert {function.__qualname__ for function in requiring if not getattr(function, "needs", None)} == set()


def test_the_needs_of_sentences_are_those_of_their_steps() -> None:
    """A region outage needs partitions, a crash processes, and a sentence without a mark nothing."""
    scenario = get_feature(str(ROOT / "features" / "region"), "losing_the_primary.feature").scenarios
    steps = {name: needs_of(template.render({}).steps) for name, template in scenario.items()}
    assert Capability.PARTITIONS in steps["The primary region goes dark"]
    assert Capability.PARTITIONS not in steps["The server of the primary region crashes"]
    assert Capability.PROCESSES in steps["The server of the primary region crashes"]
    assert needs_of([]) == frozenset()
