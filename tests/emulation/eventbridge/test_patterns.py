"""Event patterns, operator by operator, against the examples of AWS's own pages, and against each other.

Source: EventBridge user guide, "Comparison operators for use in event patterns"; github.com/aws/event-ruler, README.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ziggie_harness.emulation.eventbridge.patterns import LONGEST, Pattern, pattern_of
from ziggie_harness.emulation.eventbridge.values import Json, PatternError, Unknown

RULER_EVENT: dict[str, Json] = {
    "version": "0",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "time": "2017-10-02T16:24:49Z",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"],
    "detail": {
        "c-count": 5,
        "d-count": 3,
        "x-limit": 301.8,
        "source-ip": "10.0.0.33",
        "state": "running",
        "gone": None,
        "nested": [{"first": "Ada", "last": "Lovelace"}, {"first": "Grace", "last": "Hopper"}],
    },
}
"""The event of event-ruler's README, with an array of objects."""

STATE = {"state": ["running"]}


def read(pattern: object) -> Pattern:
    """Read a pattern from its JSON values."""
    return pattern_of(json.dumps(pattern))


def fits(detail: object) -> bool:
    """Say whether a pattern of the detail fits the event."""
    return read({"detail": detail}).matches(RULER_EVENT)


@pytest.mark.parametrize(
    ("detail", "matches"),
    [
        ({"state": ["initializing", "running"]}, True),
        ({"state": ["Running"]}, False),
        ({"c-count": [5]}, True),
        ({"c-count": [5.0]}, True),
        ({"c-count": ["5"]}, False),
        ({"gone": [None]}, True),
        ({"state": [None]}, False),
        ({"c-count": [True]}, False),
        ({"state": [{"prefix": "run"}]}, True),
        ({"c-count": [{"prefix": "5"}]}, False),
        ({"state": [{"prefix": {"equals-ignore-case": "RUN"}}]}, True),
        ({"state": [{"suffix": "ing"}]}, True),
        ({"state": [{"suffix": {"equals-ignore-case": "ING"}}]}, True),
        ({"state": [{"equals-ignore-case": "RUNNING"}]}, True),
        ({"state": [{"wildcard": "r*n*g"}]}, True),
        ({"state": [{"wildcard": "r*x*g"}]}, False),
        ({"state": [{"wildcard": "r\\*g"}]}, False),
        ({"state": [{"exactly": "running"}]}, True),
        ({"state": [{"anything-but": "initializing"}]}, True),
        ({"state": [{"anything-but": ["stopped", "running"]}]}, False),
        ({"x-limit": [{"anything-but": [100, 200, 300]}]}, True),
        ({"x-limit": [{"anything-but": 301.8}]}, False),
        ({"absent": [{"anything-but": "initializing"}]}, False),
        ({"state": [{"anything-but": {"prefix": "init"}}]}, True),
        ({"state": [{"anything-but": {"prefix": ["init", "run"]}}]}, False),
        ({"state": [{"anything-but": {"suffix": "ing"}}]}, False),
        ({"state": [{"anything-but": {"equals-ignore-case": ["RUNNING"]}}]}, False),
        ({"state": [{"anything-but": {"wildcard": "*nn*"}}]}, False),
        ({"c-count": [{"numeric": [">", 0, "<=", 5]}]}, True),
        ({"c-count": [{"numeric": [">", 5]}]}, False),
        ({"x-limit": [{"numeric": ["=", 3.018e2]}]}, True),
        ({"state": [{"numeric": [">", 0]}]}, False),
        ({"source-ip": [{"cidr": "10.0.0.0/24"}]}, True),
        ({"source-ip": [{"cidr": "10.0.1.0/24"}]}, False),
        ({"source-ip": [{"cidr": "2001:db8::/32"}]}, False),
        ({"state": [{"cidr": "10.0.0.0/8"}]}, False),
        ({"c-count": [{"exists": True}]}, True),
        ({"absent": [{"exists": True}]}, False),
        ({"absent": [{"exists": False}]}, True),
        ({"nested": [{"exists": False}]}, True),
        ({"c-count": [{"exists": False}]}, False),
        ({"absent": {"deeper": [{"exists": False}]}}, True),
        ({"absent": ["running", {"exists": False}]}, True),
        ({"nested": {"first": ["Ada"], "last": ["Lovelace"]}}, True),
        ({"nested": {"first": ["Ada"], "last": ["Hopper"]}}, False),
        ({"$or": [{"c-count": [{"numeric": [">", 9]}]}, STATE]}, True),
        ({"$or": [{"c-count": [9]}, {"state": ["stopped"]}]}, False),
        ({"$or": [{"c-count": [5], "state": ["stopped"]}, {"$or": [{"c-count": [9]}, STATE]}]}, True),
    ],
)
def test_each_operator_does_what_aws_says(detail: object, matches: bool) -> None:  # noqa: FBT001 - a table
    """The README's event, and the examples of the page of operators."""
    assert fits(detail) is matches


def test_an_array_in_an_event_matches_when_one_of_its_values_does() -> None:
    """Source: event-ruler's README: "if the intersection between the event array and rule-array is non-empty"."""
    instance = "arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"
    assert read({"resources": ["another", instance]}).matches(RULER_EVENT)
    assert not read({"resources": ["another"]}).matches(RULER_EVENT)


def test_what_does_not_fit_is_named() -> None:
    """Whoever wonders why a rule never fires is told the field."""
    assert read({"source": ["aws.ec2"], "detail": {"state": ["stopped"]}}).objection(RULER_EVENT) == "detail.state"
    assert read({"source": ["aws.s3"], "detail": STATE}).objection(RULER_EVENT) == "source"
    assert read({"source": ["aws.ec2"]}).objection(RULER_EVENT) is None


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[]", "Filter is not an object"),
        ('"text"', "Filter is not an object"),
        ("{", "Filter is not valid JSON"),
        ("{}", "Empty objects are not allowed"),
        ('{"detail": {}}', "Empty objects are not allowed"),
        ('{"source": []}', "Empty arrays are not allowed"),
        ('{"source": "aws.ec2"}', '"source" must be an object or an array'),
        ('{"source": null}', '"source" must be an object or an array'),
        ('{"source": [["aws.ec2"]]}', "Match value must be String, number, true, false, or null"),
        ('{"source": [{}]}', "Match expression name not found"),
        ('{"source": [{"contains": "ec2"}]}', "Unrecognized match type contains"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key allowed in match expression"),
        ('{"source": [{"prefix": 1}]}', "prefix match pattern must be a string"),
        ('{"source": [{"prefix": {"suffix": "a"}}]}', "Unsupported prefix pattern: suffix"),
        ('{"source": [{"suffix": null}]}', "suffix match pattern must be a string"),
        ('{"source": [{"equals-ignore-case": 1}]}', "equals-ignore-case match pattern must be a string"),
        ('{"source": [{"wildcard": "a**b"}]}', "Consecutive wildcard characters"),
        ('{"source": [{"wildcard": "a\\\\b"}]}', "Invalid escape character"),
        ('{"source": [{"exists": "true"}]}', "exists match pattern must be either true or false."),
        ('{"source": [{"exists": true, "prefix": "a"}]}', "Only one key allowed in match expression"),
        ('{"source": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR, one '/' required"),
        ('{"source": [{"cidr": "10.0.0.0/99"}]}', "Malformed CIDR"),
        ('{"a": [{"numeric": ">"}]}', "Value of numeric must be an array."),
        ('{"a": [{"numeric": []}]}', "Invalid member in numeric match"),
        ('{"a": [{"numeric": ["~", 1]}]}', "Unrecognized numeric range operator: ~"),
        ('{"a": [{"numeric": [">"]}]}', "Value of > must be numeric"),
        ('{"a": [{"numeric": [">", "1"]}]}', "Value of > must be numeric"),
        ('{"a": [{"numeric": [">", 6e9]}]}', "Value must be between"),
        ('{"a": [{"numeric": [">", 5, "<", 5]}]}', "Bottom must be less than top"),
        ('{"a": [{"numeric": ["<", 5, ">", 1]}]}', "Too many elements in numeric expression"),
        ('{"a": [{"anything-but": null}]}', "Value of anything-but must be an array"),
        ('{"a": [{"anything-but": []}]}', "Inside anything but list"),
        ('{"a": [{"anything-but": [1, "a"]}]}', "Inside anything but list"),
        ('{"a": [{"anything-but": {"numeric": [">", 1]}}]}', "Unsupported anything-but pattern: numeric"),
        ('{"a": [{"anything-but": {"prefix": ""}}]}', "Null prefix/suffix not allowed"),
        ('{"a": [{"anything-but": {"prefix": 1}}]}', "prefix match pattern must be a string"),
        (json.dumps({"a": ["x" * LONGEST]}), f"longer than {LONGEST}"),
    ],
)
def test_what_aws_refuses_is_refused_with_its_reason(pattern: str, reason: str) -> None:
    """Source: the messages of event-ruler's JsonRuleCompiler.java; the length: botocore's EventPattern."""
    with pytest.raises(PatternError) as error:
        pattern_of(pattern)
    assert reason in str(error.value)


def test_or_is_a_field_like_any_other_unless_it_is_a_choice() -> None:
    """Source: event-ruler's README, "The backward compatibility of using "$or" as filed name"."""
    assert read({"$or": {"a": [1]}}).matches({"$or": {"a": 1}})
    with pytest.raises(PatternError, match="Unrecognized match type a"):
        read({"$or": [{"a": [1]}]})


def test_an_unknown_value_may_be_anything_but_what_it_never_is() -> None:
    """What AWS may emit is an event with unknown values; a rule is only blamed when no value could help it."""
    event = {"source": Unknown(never=frozenset({"aws.ec2"})), "detail": {"a": Unknown(), "b": Unknown()}}
    assert read({"source": ["mine"], "detail": {"a": [{"numeric": [">", 5]}], "b": {"c": ["x"]}}}).matches(event)
    assert read({"detail": {"a": [{"exists": False}]}}).matches(event)
    assert read({"source": ["aws.ec2"]}).objection(event) == "source"


SCALARS = st.none() | st.booleans() | st.integers(-100, 100) | st.text("ab*\\", max_size=3)
EVENTS = st.dictionaries(
    st.sampled_from("pqr"),
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("pq"), inner, max_size=2)
    ),
    max_size=3,
)
FIELDS = st.lists(SCALARS, min_size=1, max_size=3)


def escaped(text: str) -> str:
    """Write a text so that a wildcard means it literally."""
    return text.replace("\\", "\\\\").replace("*", "\\*")


@given(EVENTS, st.sampled_from("pqr"), st.text("ab*\\", max_size=3))
def test_operators_of_texts_agree_with_each_other(event: dict[str, Json], name: str, text: str) -> None:
    """Equality, a literal wildcard and a prefix with a suffix say the same of a text, whatever the event."""
    exact = read({name: [text]}).matches(event)
    assert read({name: [{"wildcard": escaped(text)}]}).matches(event) is exact
    if exact:
        assert read({name: [{"prefix": text}]}).matches(event)
        assert read({name: [{"suffix": text}]}).matches(event)
        assert read({name: [{"wildcard": f"{escaped(text)}*"}]}).matches(event)
        assert read({name: [{"exists": True}]}).matches(event)


@given(EVENTS, st.sampled_from("pqr"), FIELDS, FIELDS)
def test_alternatives_are_a_union_and_or_is_one_too(
    event: dict[str, Json], name: str, some: list[Json], others: list[Json]
) -> None:
    """An array of alternatives, and $or, match exactly when one alternative does."""
    one, other = read({name: some}).matches(event), read({name: others}).matches(event)
    assert read({name: [*some, *others]}).matches(event) is (one or other)
    assert read({"$or": [{name: some}, {name: others}]}).matches(event) is (one or other)


@given(EVENTS, st.sampled_from("pqr"))
def test_exists_is_true_or_false(event: dict[str, Json], name: str) -> None:
    """A field is there or not, never both."""
    assert read({name: [{"exists": True}]}).matches(event) is not read({name: [{"exists": False}]}).matches(event)


@given(EVENTS)
def test_no_event_is_too_odd(event: dict[str, Json]) -> None:
    """Matching is total."""
    pattern = read({"p": {"q": [{"anything-but": "a"}]}, "q": [{"numeric": [">", 1]}], "r": [{"cidr": "10.0.0.0/8"}]})
    assert pattern.matches(event) in {True, False}
