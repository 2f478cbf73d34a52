"""AWS with alerting on the lab's network, without databases and services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from ziggie_harness.backends.emulated.alerting.alerting import Alerting
from ziggie_harness.backends.emulated.alerting.receivers import endpoint_of
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.emulation.eventbridge.permissions import EVENTS
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.journal import FileJournal
from ziggie_harness.lab.network import Network
from ziggie_harness.lab.trust import Trust
from ziggie_harness.model.alert_events import AlertReceived
from ziggie_harness.model.alerts import Receiver
from ziggie_harness.ports import CLIENTS

if TYPE_CHECKING:
    from tests.backends.emulated.conftest import Bench
    from ziggie_harness.lab.certificates import CertificateAuthority

E = TypeVar("E")

RECEIVERS = {
    "pager": (CLIENTS, Receiver("https")),
    "mailbox": ("eu-west-1", Receiver("email")),
    "silent": (CLIENTS, Receiver("https", confirms=False)),
}


class Handed:
    """Functions that keep what they are handed."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.events: list[tuple[str, str]] = []

    def hand_over(self, arn: str, payload: str, service: str, source_arn: str) -> None:
        """Keep an event with the ARN of its function."""
        self.events.append((arn, payload))


@dataclass(frozen=True, slots=True)
class Post:
    """AWS with alerting, and what a test needs of it."""

    network: Network
    clock: DrillClock
    journal: FileJournal
    cloud: Cloud
    alerting: Alerting
    functions: Handed

    def client(self, service: str, region: str = "us-east-1") -> Any:  # noqa: ANN401 - boto3 makes its classes late
        """Return a client of a service, calling from outside every region."""
        return self.cloud.clients.client(service, region, CLIENTS)

    def topic(self, region: str, *receivers: str, admits_events: bool = True) -> str:
        """Make a topic whose receivers had time to confirm; return its ARN."""
        sns = self.client("sns", region)
        arn: str = sns.create_topic(Name="on-call")["TopicArn"]
        if admits_events:
            policy = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
            allowed = {"Effect": "Allow", "Principal": {"Service": EVENTS}, "Action": "sns:Publish", "Resource": arn}
            policy["Statement"].append(allowed)
            sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(policy))
        for name in receivers:
            declared = RECEIVERS[name][1]
            sns.subscribe(TopicArn=arn, Protocol=declared.protocol, Endpoint=endpoint_of(name, declared))
        self.clock.sleep(1)
        return arn

    def rule(self, region: str, pattern: object, *targets: str) -> None:
        """Make a rule with targets."""
        events = self.client("events", region)
        events.put_rule(Name="rule", EventPattern=json.dumps(pattern))
        named = [{"Id": str(number), "Arn": arn} for number, arn in enumerate(targets)]
        events.put_targets(Rule="rule", Targets=named)

    def put(self, region: str, **members: str) -> Any:  # noqa: ANN401 - boto3's answer
        """Put an event of one's own on the bus of a region."""
        entry = {"Source": "ziggie.test", "DetailType": "asked", "Detail": "{}", **members}
        return self.client("events", region).put_events(Entries=[entry])

    def received(self) -> list[tuple[str, str, str]]:
        """Return who received what: name, subject and state."""
        told = self.journal.history().of_kind(AlertReceived)
        return sorted((alert.receiver, alert.subject, alert.state) for _, alert in told)

    def events(self, kind: type[E]) -> list[E]:
        """Return the recorded events of a kind."""
        return [event for _, event in self.journal.history().of_kind(kind)]


@pytest.fixture
def post(bench: Bench, certificates: CertificateAuthority) -> Iterator[Post]:
    """Build it on the lab's network."""
    network, clock, journal = bench.network, bench.clock, bench.journal
    functions = Handed()
    with ExitStack() as stack:
        alerting = Alerting(
            clock,
            network,
            journal,
            trust=Trust(certificates.client_context()),
            certificates=certificates,
            gateway=lambda region: cloud.gateway.place(region),  # noqa: PLW0108 - the cloud is made below
            clients=lambda: cloud.clients,
            receivers=RECEIVERS,
            functions=functions,
        )
        cloud = Cloud(clock, network, journal, certificates, network.site_of, overlays=alerting.overlays)
        stack.enter_context(cloud)
        stack.enter_context(alerting)
        yield Post(network, clock, journal, cloud, alerting, functions)
