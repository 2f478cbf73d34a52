"""How declared alerting comes to be: topics, subscriptions, rules and alarms, each asked for by AWS's own API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from ziggie_harness.backends.emulated.alerting.receivers import endpoint_of
from ziggie_harness.backends.emulated.moto_state import ACCOUNT
from ziggie_harness.emulation.cloudwatch.health_check_metrics import NAMESPACE
from ziggie_harness.emulation.eventbridge.permissions import EVENTS
from ziggie_harness.emulation.eventbridge.schedules import rate_of
from ziggie_harness.ports import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ziggie_harness.backends.emulated.api_client import Clients
    from ziggie_harness.model.alerts import Alerts, AlertTopic, EventRule, HealthAlarm, Receiver
    from ziggie_harness.model.topology import Role

OPERATOR: Final = CLIENTS
"""Where whoever sets it up sits."""


class AlertDesign:
    """A declared alerting, to be set up."""

    def __init__(self, declared: Alerts, region_of: Callable[[Role], str], clients: Clients) -> None:
        """Prepare; regions are declared by their role."""
        self._declared, self._region_of, self._clients = declared, region_of, clients

    def set_up(self, check_ids: Mapping[str, str]) -> None:
        """Ask AWS for everything; ``check_ids`` are the health checks by their declared names."""
        for name, topic in self._declared.topics.items():
            self._topic(name, topic)
        for name, rule in self._declared.rules.items():
            self._rule(name, rule)
        for name, alarm in self._declared.alarms.items():
            self._alarm(name, alarm, check_ids[alarm.health_check])

    def _topic(self, name: str, topic: AlertTopic) -> None:
        """Make a topic, let EventBridge in where that is declared, and subscribe its receivers."""
        region = self._region_of(topic.region)
        sns = self._client("sns", region)
        arn = sns.create_topic(Name=name)["TopicArn"]
        if topic.admits_events:
            policy = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
            policy["Statement"].append(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": EVENTS},
                    "Action": "sns:Publish",
                    "Resource": arn,
                    "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
                }
            )
            sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(policy))
        for receiver in topic.receivers:
            declared = self._declared.receivers[receiver]
            sns.subscribe(TopicArn=arn, Protocol=declared.protocol, Endpoint=endpoint_of(receiver, declared))

    def _rule(self, name: str, rule: EventRule) -> None:
        """Make a rule and its targets."""
        region = self._region_of(rule.region)
        events = self._client("events", region)
        if rule.every_seconds is None:
            events.put_rule(Name=name, EventPattern=json.dumps(rule.pattern))
        else:
            events.put_rule(Name=name, ScheduleExpression=rate_of(rule.every_seconds))
        arns = [
            *(f"arn:aws:sns:{region}:{ACCOUNT}:{topic}" for topic in rule.topics),
            *(f"arn:aws:events:{self._region_of(role)}:{ACCOUNT}:event-bus/default" for role in rule.buses),
            *(f"arn:aws:lambda:{region}:{ACCOUNT}:function:{function}" for function in rule.functions),
        ]
        targets = [{"Id": f"target-{number}", "Arn": arn} for number, arn in enumerate(arns, start=1)]
        events.put_targets(Rule=name, Targets=targets)

    def _alarm(self, name: str, alarm: HealthAlarm, check_id: str) -> None:
        """Make an alarm on a metric of a health check."""
        region = self._region_of(alarm.region)
        self._client("cloudwatch", region).put_metric_alarm(
            AlarmName=name,
            Namespace=NAMESPACE,
            MetricName=alarm.metric,
            Dimensions=[{"Name": "HealthCheckId", "Value": check_id}],
            Statistic=alarm.statistic,
            Period=int(alarm.period_seconds),
            EvaluationPeriods=alarm.evaluation_periods,
            DatapointsToAlarm=alarm.datapoints_to_alarm,
            Threshold=alarm.threshold,
            ComparisonOperator=alarm.comparison,
            TreatMissingData=alarm.missing_data,
            AlarmActions=[f"arn:aws:sns:{region}:{ACCOUNT}:{topic}" for topic in alarm.topics],
        )

    def _client(self, service: str, region: str) -> Any:  # noqa: ANN401 - boto3 makes its classes late
        """Return a client of the operator's."""
        return self._clients.client(service, region, OPERATOR)


def receiver_sites(declared: Alerts, region_of: Callable[[Role], str]) -> Mapping[str, tuple[str, Receiver]]:
    """Return every declared receiver with its site."""
    return {
        name: (region_of(receiver.region) if receiver.region else CLIENTS, receiver)
        for name, receiver in declared.receivers.items()
    }
