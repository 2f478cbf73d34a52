"""What one value of an event may be, and the tests that a pattern makes of it: every comparison operator of AWS.

Source: EventBridge user guide, "Comparison operators for use in event patterns", and the messages and corner cases of
AWS's own matcher, github.com/aws/event-ruler (RuleCompiler.java, Constants.java), which EventBridge is built on.
"""

from __future__ import annotations

import ipaddress
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None
"""A value of a JSON document."""

NUMERIC_MOST: Final = 5.0e9
"""The largest number that can be compared. Source: event-ruler's README, "Numeric matching"."""

COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class PatternError(Exception):
    """A pattern that EventBridge refuses; the message is AWS's reason."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that nobody knows before an event is emitted: whatever is asked of it may be so.

    ``never`` are texts that it can be sure not to be.
    """

    never: frozenset[str] = frozenset()


Scalar: TypeAlias = bool | int | float | str | Unknown | None


@dataclass(frozen=True, slots=True)
class Test:
    """One alternative that a pattern allows for a value."""

    passes: Callable[[Scalar], bool]
    text: str | None = None
    """The text that it asks for, where it asks for one."""

    def may_pass(self, value: Scalar) -> bool:
        """Say whether a value passes; one that is unknown passes unless it can be sure not to."""
        if isinstance(value, Unknown):
            return self.text is None or self.text not in value.never
        return self.passes(value)


PRESENT: Final = Test(lambda _: True)
"""The test of `exists`: any value will do."""


def test_of(wanted: Json) -> Test:
    """Return the test that one element of a pattern's array stands for; raise PatternError for what is none."""
    if isinstance(wanted, Mapping):
        return _expression(wanted)
    if isinstance(wanted, str):
        return Test(lambda value: isinstance(value, str) and value == wanted, wanted)
    if wanted is None or isinstance(wanted, bool):
        return Test(lambda value: value is wanted)
    if isinstance(wanted, int | float):
        return Test(lambda value: _number(value) == wanted)
    raise PatternError("Match value must be String, number, true, false, or null")


def _expression(expression: Mapping[str, Json]) -> Test:
    """Return the test of `{"operator": operand}`."""
    if not expression:
        raise PatternError("Match expression name not found")
    name, operand = next(iter(expression.items()))
    make = OPERATORS.get(name)
    if make is None:
        raise PatternError(f"Unrecognized match type {name}")
    made = make(operand)
    if len(expression) > 1:
        raise PatternError("Only one key allowed in match expression")
    return made


def _text(operand: Json, name: str) -> str:
    """Return a text, or refuse what is none."""
    if not isinstance(operand, str):
        raise PatternError(f"{name} match pattern must be a string")
    return operand


def _number(value: object) -> float | None:
    """Return a number, or None for what JSON does not call one."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _begins(operand: Json) -> Test:
    """`{"prefix": "us-"}` and `{"prefix": {"equals-ignore-case": "US-"}}`."""
    return _at_the_edge(operand, "prefix", str.startswith)


def _ends(operand: Json) -> Test:
    """`{"suffix": ".png"}` and `{"suffix": {"equals-ignore-case": ".PNG"}}`."""
    return _at_the_edge(operand, "suffix", str.endswith)


def _at_the_edge(operand: Json, name: str, fits: Callable[[str, str], bool]) -> Test:
    """Compare one end of a text, in any case where that is asked for."""
    if isinstance(operand, Mapping):
        if list(operand) != ["equals-ignore-case"]:
            raise PatternError(f"Unsupported {name} pattern: {', '.join(operand)}")
        folded = _text(operand["equals-ignore-case"], "equals-ignore-case").casefold()
        return Test(lambda value: isinstance(value, str) and fits(value.casefold(), folded))
    text = _text(operand, name)
    return Test(lambda value: isinstance(value, str) and fits(value, text))


def _equals_ignore_case(operand: Json) -> Test:
    """`{"equals-ignore-case": "alice"}`."""
    folded = _text(operand, "equals-ignore-case").casefold()
    return Test(lambda value: isinstance(value, str) and value.casefold() == folded)


def _exact(operand: Json) -> Test:
    """`{"exactly": "alice"}`, as event-ruler calls it."""
    return test_of(_text(operand, "exact"))


def _wildcard(operand: Json) -> Test:
    """`{"wildcard": "dir/*.png"}`; a backslash escapes a star or a backslash, and two stars never stand together."""
    text = _text(operand, "wildcard")
    pieces: list[str] = []
    for piece in re.findall(r"\\.?|\*+|[^*\\]+", text, re.DOTALL):
        if piece.startswith("\\"):
            if piece not in {r"\*", r"\\"}:
                raise PatternError(f"Invalid escape character at pos {text.index(piece)}")
            pieces.append(re.escape(piece[1]))
        elif piece == "*":
            pieces.append(".*")
        elif piece.startswith("*"):
            raise PatternError(f"Consecutive wildcard characters at pos {text.index(piece)}")
        else:
            pieces.append(re.escape(piece))
    compiled = re.compile("".join(pieces), re.DOTALL)
    return Test(lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None)


def _numeric(operand: Json) -> Test:
    """`{"numeric": [">", 0, "<=", 5]}`: one comparison, or a lower and an upper bound."""
    if not isinstance(operand, Sequence) or isinstance(operand, str):
        raise PatternError("Value of numeric must be an array.")
    parts = list(operand)
    if not parts:
        raise PatternError("Invalid member in numeric match: ]")
    bounds = [_bound(parts[at : at + 2]) for at in range(0, len(parts), 2)]
    signs = [sign for sign, _ in bounds]
    if len(bounds) > 1:
        if len(bounds) > 2 or signs[0][0] != ">" or signs[1][0] != "<":  # noqa: PLR2004 - a lower and an upper bound
            raise PatternError("Too many elements in numeric expression")
        if bounds[0][1] >= bounds[1][1]:
            raise PatternError("Bottom must be less than top")

    def passes(value: Scalar) -> bool:
        number = _number(value)
        return number is not None and all(COMPARISONS[sign](number, limit) for sign, limit in bounds)

    return Test(passes)


def _bound(pair: Sequence[Json]) -> tuple[str, float]:
    """Return one comparison of a numeric test."""
    sign = pair[0]
    if not isinstance(sign, str) or sign not in COMPARISONS:
        raise PatternError(f"Unrecognized numeric range operator: {sign}")
    limit = _number(pair[1]) if len(pair) > 1 else None
    if limit is None or math.isnan(limit):
        raise PatternError(f"Value of {'equals' if sign == '=' else sign} must be numeric")
    if abs(limit) > NUMERIC_MOST:
        raise PatternError(f"Value must be between {-NUMERIC_MOST} and {NUMERIC_MOST}, inclusive")
    return sign, limit


def _cidr(operand: Json) -> Test:
    """`{"cidr": "10.0.0.0/24"}`, of IPv4 or IPv6."""
    text = _text(operand, "prefix")
    if text.count("/") != 1:
        raise PatternError("Malformed CIDR, one '/' required")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise PatternError(f"Malformed CIDR: {error}") from error

    def passes(value: Scalar) -> bool:
        try:
            address = ipaddress.ip_address(value) if isinstance(value, str) else None
        except ValueError:
            return False
        return address is not None and address.version == network.version and address in network

    return Test(passes)


def _anything_but(operand: Json) -> Test:
    """`{"anything-but": ...}` of texts, of numbers, or of one of the tests of texts; a value has to be there."""
    if isinstance(operand, Mapping):
        if len(operand) != 1:
            raise PatternError("Only one key allowed in match expression")
        name, inner = next(iter(operand.items()))
        if name not in NEGATED:
            raise PatternError(f"Unsupported anything-but pattern: {name}")
        texts = list(inner) if isinstance(inner, Sequence) and not isinstance(inner, str) else [inner]
        if not texts or "" in texts:
            raise PatternError("Null prefix/suffix not allowed")
        excluded = [OPERATORS[name](text) for text in texts]
    else:
        listed = isinstance(operand, Sequence) and not isinstance(operand, str)
        values = list(operand) if listed else [operand]  # type: ignore[arg-type]  # listed says that it is a sequence
        if not listed and not (isinstance(operand, str) or _number(operand) is not None):
            raise PatternError("Value of anything-but must be an array or single string/number value.")
        if not (values and (_all_texts(values) or all(_number(value) is not None for value in values))):
            raise PatternError(
                "Inside anything but list, either all values are number or string, mixed type is not supported"
            )
        excluded = [test_of(value) for value in values]
    return Test(lambda value: not any(test.passes(value) for test in excluded))


def _all_texts(values: Sequence[object]) -> bool:
    """Say whether all are texts."""
    return all(isinstance(value, str) for value in values)


OPERATORS: Final[Mapping[str, Callable[[Json], Test]]] = {
    "exactly": _exact,
    "prefix": _begins,
    "suffix": _ends,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "numeric": _numeric,
    "cidr": _cidr,
    "anything-but": _anything_but,
}
"""The operators that look at a value; `exists` looks at the field, and stands in patterns."""

NEGATED: Final = frozenset({"prefix", "suffix", "equals-ignore-case", "wildcard"})
"""What can stand inside anything-but."""
