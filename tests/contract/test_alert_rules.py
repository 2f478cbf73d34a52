"""Every rule of EventBridge, CloudWatch and SNS, as a literal request of boto3, against whatever claims to be AWS.

The table is about AWS and not about a backend: a backend joins by a fixture that makes clients for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import TAKEN, Emulators, answer_to
from ziggie_harness.backends.emulated.alerting.alerting import Alerting
from ziggie_harness.backends.emulated.alerting.functions import NoFunctions
from ziggie_harness.backends.emulated.api_client import Clients
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.emulation.cloudwatch.request_rules import RULES as CLOUDWATCH_RULES
from ziggie_harness.emulation.eventbridge.request_rules import ENTRY_RULES
from ziggie_harness.emulation.eventbridge.request_rules import RULES as EVENTBRIDGE_RULES
from ziggie_harness.emulation.sns.request_rules import RULES as SNS_RULES
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.journal import FileJournal
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.loopback import Loopback
from ziggie_harness.lab.trust import Trust

REGION = "us-east-1"

Client = Any
"""boto3 makes the classes of its clients when it runs."""

ALARM: Mapping[str, Any] = {
    "AlarmName": "alarm", "Namespace": "Ziggie", "MetricName": "Orders", "Statistic": "Sum", "Period": 60,
    "EvaluationPeriods": 3, "Threshold": 1.0, "ComparisonOperator": "LessThanThreshold",
}  # fmt: skip
ENTRY: Mapping[str, str] = {"Source": "ziggie.test", "DetailType": "asked", "Detail": "{}"}
TOPIC = f"arn:aws:sns:{REGION}:123456789012:topic"


@dataclass(frozen=True, slots=True)
class Case:
    """A rule, the request that breaks it, and the codes of AWS's answer, as the two forms of error classes have it."""

    rule: str
    service: str
    code: str
    request: Callable[[Client], Any]
    moto_refuses: bool = False
    """Whether moto alone enforces it, too: then our rule may go."""


def alarm(**members: object) -> Callable[[Client], Any]:
    """Return a request for an alarm."""
    return lambda cloudwatch: cloudwatch.put_metric_alarm(**{**ALARM, **members})


def entry(**members: str) -> Callable[[Client], Any]:
    """Return a request to put an event."""
    return lambda events: events.put_events(Entries=[{**ENTRY, **members}])


def publication(**members: str) -> Callable[[Client], Any]:
    """Return a request to publish to a topic that is there."""

    def publish(sns: Client) -> object:
        sns.create_topic(Name="topic")
        return sns.publish(**{"TopicArn": TOPIC, "Message": "m", **members})

    return publish


def many_targets(events: Client) -> object:
    """Ask for six targets of a rule."""
    events.put_rule(Name="rule", EventPattern='{"source": ["a"]}')
    targets = [{"Id": str(number), "Arn": f"{TOPIC}-{number}"} for number in range(6)]
    return events.put_targets(Rule="rule", Targets=targets)


def subscription(sns: Client) -> object:
    """Subscribe what is no HTTPS endpoint as one."""
    sns.create_topic(Name="topic")
    return sns.subscribe(TopicArn=TOPIC, Protocol="https", Endpoint="pager.example")


CASES = (
    Case(
        "pattern_is_valid", "events", "InvalidEventPatternException",
        lambda events: events.put_rule(Name="r", EventPattern='{"source": [{"contains": "a"}]}'),
    ),
    Case(
        "tested_event_is_whole", "events", "ValidationException",
        lambda events: events.test_event_pattern(EventPattern='{"source": ["a"]}', Event='{"source": "a"}'),
    ),
    Case(
        "schedule_is_spelled", "events", "ValidationException",
        lambda events: events.put_rule(Name="r", ScheduleExpression="rate(1 minutes)"),
    ),
    Case("few_targets", "events", "LimitExceededException", many_targets),
    Case(
        "few_entries", "events", "ValidationException",
        lambda events: events.put_events(Entries=[dict(ENTRY)] * 11), moto_refuses=True,
    ),
    Case("entry_is_whole", "events", "InvalidArgument", entry(DetailType=""), moto_refuses=True),
    Case("source_is_own", "events", "NotAuthorizedForSourceException", entry(Source="aws.route53")),
    Case("detail_is_an_object", "events", "MalformedDetail", entry(Detail="text"), moto_refuses=True),
    Case("entry_is_small", "events", "ValidationException", entry(Detail=json.dumps({"a": "x" * 262_144}))),
    Case("period_is_offered", "cloudwatch", "ValidationError", alarm(Period=45)),
    Case("looks_back_a_day", "cloudwatch", "ValidationError", alarm(Period=60, EvaluationPeriods=1441)),
    Case("datapoints_within_periods", "cloudwatch", "ValidationError", alarm(DatapointsToAlarm=4)),
    Case("values_are_listed", "cloudwatch", "ValidationError", alarm(TreatMissingData="nothing")),
    Case("actions_are_in_the_region", "cloudwatch", "ValidationError", alarm(AlarmActions=[TOPIC.replace("us", "eu")])),
    Case("message_is_there_and_small", "sns", "InvalidParameter", publication(Message="")),
    Case("subject_is_a_line", "sns", "InvalidParameter", publication(Subject="two\nlines")),
    Case("structure_has_a_default", "sns", "InvalidParameter", publication(MessageStructure="json", Message="{}")),
    Case("endpoint_fits_protocol", "sns", "InvalidParameter", subscription),
)  # fmt: skip


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """Open the embedded AWS with alerting once."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        clock = stack.enter_context(DrillClock())
        stack.enter_context(clock.actor("the test"))
        journal = stack.enter_context(FileJournal(directory / "journal", clock))
        authority = CertificateAuthority(directory)
        network = stack.enter_context(Loopback())
        alerting = Alerting(
            clock,
            network,
            journal,
            trust=Trust(authority.client_context()),
            certificates=authority,
            gateway=lambda region: made.gateway.place(region),  # noqa: PLW0108 - the cloud is made below
            clients=lambda: made.clients,
            receivers={},
            functions=NoFunctions(),
        )
        made = Cloud(clock, network, journal, authority, network.site_of, overlays=alerting.overlays)
        stack.enter_context(made)
        stack.enter_context(alerting)
        made.clients = Clients(clock, network, authority.client_context(), made.place_of, validates=False)
        yield made


def code_of(case: Case, client: Client) -> str:
    """Return the code by which a request is refused, as a whole or in its only entry; empty when it is taken."""
    try:
        answer = case.request(client)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return str(next((each.get("ErrorCode", "") for each in answer.get("Entries", ())), ""))


def embedded(cloud: Cloud, service: str) -> Client:
    """Return a client of the embedded AWS that sends what boto3 would not send by itself."""
    return cloud.clients.client(service, REGION, "internet")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_aws_refuses_what_breaks_a_rule(cloud: Cloud, case: Case) -> None:
    """Each request is refused with AWS's code; the source stands with the rule in the emulation."""
    assert code_of(case, embedded(cloud, case.service)).removesuffix("Exception") == case.code.removesuffix("Exception")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_moto_alone_is_lax(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, emulators: Emulators, case: Case) -> None:
    """This is why there is a rule of ours; where moto became strict, ours may be dropped."""
    monkeypatch.setattr(cloud.control_plane, "_overlays", ())
    answer = answer_to(lambda: case.request(embedded(cloud, case.service)))
    assert (answer not in {TAKEN, "NotImplemented"}) == case.moto_refuses, f"moto answers {answer!r}"
    emulators.hold("moto", case.service, case.rule, answer)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_localstack_alone(unvalidated: Callable[[str, str], Client], emulators: Emulators, case: Case) -> None:
    """What LocalStack refuses by itself is what the published table says."""
    answer = answer_to(lambda: case.request(unvalidated(case.service, REGION)))
    emulators.hold("LocalStack", case.service, case.rule, answer)


def test_every_rule_has_a_request() -> None:
    """A rule without a request here could be broken unseen."""
    rules = {*EVENTBRIDGE_RULES, *ENTRY_RULES, *CLOUDWATCH_RULES, *SNS_RULES}
    assert {case.rule for case in CASES} == {rule.__name__ for rule in rules}
