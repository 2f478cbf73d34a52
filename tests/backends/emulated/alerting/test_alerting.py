"""EventBridge, CloudWatch and SNS as boto3 sees them, and what reaches whom over the lab's network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from ziggie_harness.backends.emulated.alerting.receivers import state_in
from ziggie_harness.emulation.cloudwatch.health_check_metrics import status_of
from ziggie_harness.model.alert_events import (
    AlarmChanged,
    EventEmitted,
    EventHandedOver,
    NotificationPublished,
    NotificationTried,
    RuleSeen,
)
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from tests.backends.emulated.alerting.conftest import Post

RAISED = {"source": ["aws.cloudwatch"], "detail": {"state": {"value": ["ALARM"]}}}
OWN = {"source": ["ziggie.test"]}
CHECK = "check-1"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:failover"


def alarm(post: Post, region: str = "us-east-1", **members: object) -> None:
    """Make an alarm on the status of a health check."""
    settings: dict[str, Any] = {
        "AlarmName": "primary-down",
        "Namespace": "AWS/Route53",
        "MetricName": "HealthCheckStatus",
        "Dimensions": [{"Name": "HealthCheckId", "Value": CHECK}],
        "Statistic": "Minimum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "LessThanThreshold",
        **members,
    }
    post.client("cloudwatch", region).put_metric_alarm(**settings)


def state_of(post: Post, region: str = "us-east-1") -> str:
    """Return the state of the alarm, as DescribeAlarms tells it."""
    described: str = post.client("cloudwatch", region).describe_alarms()["MetricAlarms"][0]["StateValue"]
    return described


class OneCheck:
    """A health check whose status the test decides."""

    def __init__(self) -> None:
        """Begin healthy."""
        self.is_healthy = True

    def healthy(self, check_id: str) -> bool:
        """Say what the test decided."""
        return check_id == CHECK and self.is_healthy

    def status(self, check_id: str) -> tuple[()]:
        """Tell of no single checker."""
        return ()


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    """Return AWS's code of an error."""
    return str(error.value.response["Error"]["Code"])


def test_an_alarm_tells_a_pager_and_a_mailbox(post: Post) -> None:
    """From an unhealthy check to people in other places: a minute's metric, its delay, a judgement, a notification."""
    check = OneCheck()
    arn = post.topic("us-east-1", "pager", "mailbox")
    alarm(post, AlarmActions=[arn])
    assert state_of(post) == "INSUFFICIENT_DATA"
    post.alerting.observe(check, [CHECK])
    post.clock.sleep(240)
    assert (state_of(post), post.received()) == ("OK", [])
    check.is_healthy, fell = False, post.clock.now()
    post.clock.sleep(240)
    assert state_of(post) == "ALARM"
    subject = 'ALARM: "primary-down" in us-east-1'
    assert post.received() == [("mailbox", subject, "ALARM"), ("pager", subject, "ALARM")]
    ((at, _),) = [each for each in post.journal.history().of_kind(AlarmChanged) if each[1].state == "ALARM"]
    assert 60 <= at - fell <= 190
    check.is_healthy = True
    post.clock.sleep(240)
    assert state_of(post) == "OK"
    assert len(post.received()) == 2


def test_an_alarm_elsewhere_never_has_data(post: Post) -> None:
    """G08. Source: Route 53 developer guide: the metrics are in us-east-1."""
    alarm(post, "eu-north-1")
    post.alerting.observe(OneCheck(), [CHECK])
    post.clock.sleep(600)
    assert state_of(post, "eu-north-1") == "INSUFFICIENT_DATA"
    (seen,) = [each for each in post.alerting.seen() if not isinstance(each, RuleSeen)]
    assert (seen.values, "us-east-1 only" in seen.unfed) == (0, True)


def test_a_state_that_was_set_lasts_until_the_next_judgement_and_is_told(post: Post) -> None:
    """Source: botocore service model, SetAlarmState: "the alarm returns to its actual state"."""
    check = OneCheck()
    alarm(post, AlarmActions=[post.topic("us-east-1", "pager")])
    post.alerting.observe(check, [CHECK])
    post.clock.sleep(240)
    cloudwatch = post.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName="primary-down", StateValue="ALARM", StateReason="a drill")
    assert state_of(post) == "ALARM"
    post.clock.sleep(70)
    assert state_of(post) == "OK"
    assert [receiver for receiver, _, _ in post.received()] == ["pager"]
    alarm(post, AlarmActions=[])
    assert state_of(post) == "OK"
    with pytest.raises(ClientError) as error:
        cloudwatch.set_alarm_state(AlarmName="another", StateValue="ALARM", StateReason="a drill")
    assert code(error) in {"ResourceNotFound", "ResourceNotFoundFault"}


def test_a_function_may_be_the_action_of_an_alarm(post: Post) -> None:
    """Source: CloudWatch user guide, "Invoke a Lambda function from an alarm", its sample event."""
    alarm(post, AlarmActions=[FUNCTION])
    cloudwatch = post.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName="primary-down", StateValue="ALARM", StateReason="a drill")
    ((function, payload),) = post.functions.events
    told = json.loads(payload)
    assert (function, told["source"], told["region"]) == (FUNCTION, "aws.cloudwatch", "us-east-1")
    assert (told["alarmData"]["alarmName"], told["alarmData"]["state"]["value"]) == ("primary-down", "ALARM")


def test_values_of_ones_own_are_judged_too(post: Post) -> None:
    """PutMetricData feeds an alarm in its own region."""
    alarm(post, "eu-west-1", Namespace="Ziggie", MetricName="Orders", Dimensions=[])
    cloudwatch = post.client("cloudwatch", "eu-west-1")
    cloudwatch.put_metric_data(Namespace="Ziggie", MetricData=[{"MetricName": "Orders", "Value": 0.0}])
    post.clock.sleep(70)
    assert state_of(post, "eu-west-1") == "ALARM"


def test_an_event_reaches_the_targets_of_the_rules_that_it_matches(post: Post) -> None:
    """An event of one's own, with its targets: a topic, a function, a queue that admits nobody."""
    arn = post.topic("us-east-1", "pager")
    queue = post.client("sqs").create_queue(QueueName="closed")["QueueUrl"]
    post.rule("us-east-1", OWN, arn, FUNCTION, "arn:aws:sqs:us-east-1:123456789012:closed")
    assert post.put("us-east-1", Detail='{"state": {"value": "ALARM"}}')["FailedEntryCount"] == 0
    post.put("us-east-1", Source="ziggie.other")
    post.clock.sleep(2)
    assert post.received() == [("pager", "", "ALARM")]
    assert [function for function, _ in post.functions.events] == [FUNCTION]
    assert post.client("sqs").receive_message(QueueUrl=queue).get("Messages") is None
    refused = [event.refusal for event in post.events(EventHandedOver) if event.refusal]
    assert len(refused) == 1
    assert "has no resource policy" in refused[0]
    (seen,) = [each for each in post.alerting.seen() if isinstance(each, RuleSeen)]
    assert (seen.never_fires, seen.unemitted) == ("", "")


def test_a_topic_has_to_let_eventbridge_in(post: Post) -> None:
    """Source: EventBridge user guide, "Using resource-based policies": the policy that SNS makes does not."""
    post.rule("us-east-1", OWN, post.topic("us-east-1", "pager", admits_events=False))
    post.put("us-east-1")
    post.clock.sleep(2)
    (handed,) = post.events(EventHandedOver)
    assert "no statement in the resource policy" in handed.refusal
    assert post.received() == []


def test_a_dead_region_is_tried_again_and_again_and_hears_when_it_is_back(post: Post) -> None:
    """G06. Source: EventBridge user guide, "How EventBridge retries delivering events"."""
    post.rule("us-east-1", RAISED, "arn:aws:events:eu-north-1:123456789012:event-bus/default")
    post.rule("eu-north-1", RAISED, post.topic("eu-north-1", "pager"))
    alarm(post)
    with post.network.isolated("eu-north-1"):
        cloudwatch = post.client("cloudwatch")
        cloudwatch.set_alarm_state(AlarmName="primary-down", StateValue="ALARM", StateReason="a drill")
        post.clock.sleep(45)
        tried = [event for event in post.events(EventHandedOver) if event.refusal]
        assert len(tried) >= 3
        assert "eu-north-1 cannot be reached from us-east-1" in tried[0].refusal
        assert post.received() == []
    post.clock.sleep(45)
    assert [receiver for receiver, _, _ in post.received()] == ["pager"]


def test_what_a_dark_region_sends_does_not_arrive(post: Post) -> None:
    """A topic inside the dark region knows of the message, and nobody outside hears of it."""
    arn = post.topic("us-east-1", "pager")
    post.client("sns").publish(TopicArn=arn, Message="all is well", Subject="a test")
    post.clock.sleep(1)
    with post.network.isolated("us-east-1"):
        post.alerting.topics.publish("us-east-1", arn, {"Message": "the region is dark"})
        post.clock.sleep(180)
    refused = [event.refusal for event in post.events(NotificationTried) if event.refusal]
    assert len(refused) == 4
    assert post.received() == [("pager", "a test", "")]


def test_who_does_not_confirm_is_told_nothing(post: Post) -> None:
    """Source: SNS developer guide, "Step 3: Confirm your Amazon SNS subscription"."""
    arn = post.topic("us-east-1", "silent")
    sns = post.client("sns")
    assert sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"][0]["SubscriptionArn"] == "PendingConfirmation"
    sns.publish(TopicArn=arn, Message="m")
    post.clock.sleep(1)
    assert post.received() == []
    assert len(post.events(NotificationPublished)) == 1
    with pytest.raises(ClientError) as error:
        sns.confirm_subscription(TopicArn=arn, Token="none")  # noqa: S106 - a token of nobody's
    assert code(error) in {"InvalidParameter", "InvalidParameterException"}
    with pytest.raises(ClientError) as error:
        sns.publish(TopicArn=f"{arn}-another", Message="m")
    assert code(error) in {"NotFound", "NotFoundException"}


def test_a_confirmation_that_is_lost_on_its_way_is_asked_for_again(post: Post) -> None:
    """A subscriber that hears the topic and is not heard confirms when it is."""
    arn = post.topic("us-east-1")
    with post.network.severed("eu-west-1", "us-east-1"):
        post.client("sns").subscribe(TopicArn=arn, Protocol="email", Endpoint="duty@mailbox.receivers.example")
        post.clock.sleep(30)
    post.clock.sleep(60)
    post.client("sns").publish(TopicArn=arn, Message="m")
    post.clock.sleep(2)
    assert [receiver for receiver, _, _ in post.received()] == ["mailbox"]


def test_a_queue_and_a_function_may_subscribe(post: Post) -> None:
    """A queue has to let the topic in; a function is handed the message."""
    arn = post.topic("us-east-1")
    sqs, sns = post.client("sqs", "eu-west-1"), post.client("sns")
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    queue = sqs.create_queue(QueueName="open", Attributes={"Policy": json.dumps({"Statement": [allowed]})})["QueueUrl"]
    for protocol, endpoint in (("sqs", "arn:aws:sqs:eu-west-1:123456789012:open"), ("lambda", FUNCTION)):
        sns.subscribe(TopicArn=arn, Protocol=protocol, Endpoint=endpoint)
    sns.publish(TopicArn=arn, Message="m")
    post.clock.sleep(1)
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["Message"] == "m"
    ((_, payload),) = post.functions.events
    assert json.loads(payload)["Records"][0]["Sns"]["Message"] == "m"


def test_what_aws_refuses_is_refused(post: Post) -> None:
    """Patterns, sources, tested events, and an action in another region; sources stand with the rules."""
    events = post.client("events")
    with pytest.raises(ClientError) as error:
        events.put_rule(Name="r", EventPattern='{"source": "aws.ec2"}')
    assert code(error) == "InvalidEventPatternException"
    (entry,) = post.put("us-east-1", Source="aws.route53")["Entries"]
    assert entry["ErrorCode"] == "NotAuthorizedForSourceException"
    assert post.events(EventEmitted) == []
    names = ("id", "account", "source", "time", "region", "resources", "detail-type")
    event = json.dumps(dict.fromkeys(names, "x"))
    assert events.test_event_pattern(EventPattern='{"source": ["x"]}', Event=event)["Result"] is True
    assert events.test_event_pattern(EventPattern='{"source": ["y"]}', Event=event)["Result"] is False
    with pytest.raises(ClientError) as error:
        alarm(post, AlarmActions=["arn:aws:sns:eu-north-1:123456789012:on-call"])
    assert code(error) == "ValidationError"
    with pytest.raises(ClientError) as error:
        alarm(post, Period=10)
    assert code(error) == "NotImplemented"


def test_disturbances_are_what_they_claim_to_be(post: Post) -> None:
    """Lost, doubled, late and blind, each only where and while it is in force."""
    alerting = post.alerting
    assert (alerting.arrivals("us-east-1"), alerting.sees_values("us-east-1")) == (1, True)
    with alerting.losing("us-east-1"):
        assert (alerting.arrivals("us-east-1"), alerting.arrivals("eu-west-1")) == (0, 1)
        with pytest.raises(LabError, match="disturbed already"), alerting.doubling("us-east-1"):
            pass
    with alerting.doubling("us-east-1"):
        assert alerting.arrivals("us-east-1") == 2
    with alerting.delaying("us-east-1", 30.0):
        assert alerting.arrivals("us-east-1") == 0
    with alerting.blinding("us-east-1"):
        assert not alerting.sees_values("us-east-1")
        post.alerting.watch.put("us-east-1", status_of(CHECK), 0.0, 1.0, 0.0)
    assert alerting.watch.count("us-east-1", status_of(CHECK)) == 0
    assert alerting.arrivals("us-east-1") == 1


def test_the_state_of_an_alarm_is_found_in_a_message() -> None:
    """In CloudWatch's own message, in its event, and in nothing else."""
    assert state_in('{"NewStateValue": "ALARM"}') == "ALARM"
    assert state_in('{"detail": {"state": {"value": "OK"}}}') == "OK"
    assert [state_in(text) for text in ("plain", "[]", "{}", '{"detail": {"state": "running"}}')] == [""] * 4


def test_an_event_that_no_target_takes_ends_in_its_dead_letter_queue(post: Post) -> None:
    """Source: EventBridge user guide, "Using dead-letter queues to process undelivered events"."""
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Statement": [allowed]})
    queue = post.client("sqs").create_queue(QueueName="dead", Attributes={"Policy": policy})["QueueUrl"]
    dead = {"DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:dead"}}
    gone, dark = "arn:aws:sns:us-east-1:123456789012:gone", "arn:aws:events:eu-north-1:123456789012:event-bus/default"
    events = post.client("events")
    events.put_rule(Name="rule", EventPattern=json.dumps(OWN))
    retried = {"RetryPolicy": {"MaximumRetryAttempts": 2}}
    events.put_targets(
        Rule="rule", Targets=[{"Id": "1", "Arn": gone, **dead}, {"Id": "2", "Arn": dark, **dead, **retried}]
    )
    with post.network.isolated("eu-north-1"):
        post.put("us-east-1")
        post.clock.sleep(60)
    letters = post.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"])[
        "Messages"
    ]
    told = {each["MessageAttributes"]["ERROR_CODE"]["StringValue"]: each for each in letters}
    assert set(told) == {"RESOURCE_NOT_FOUND", "CONNECTION_FAILURE"}
    assert told["CONNECTION_FAILURE"]["MessageAttributes"]["RETRY_ATTEMPTS"]["StringValue"] == "2"
    assert json.loads(told["RESOURCE_NOT_FOUND"]["Body"])["source"] == "ziggie.test"


def test_an_event_that_comes_twice_is_told_twice(post: Post) -> None:
    """EventBridge promises "at least once", so whoever acts on an event has to bear it twice."""
    post.rule("us-east-1", OWN, post.topic("us-east-1", "pager"))
    with post.alerting.doubling("us-east-1"):
        post.put("us-east-1")
        post.clock.sleep(2)
    assert [receiver for receiver, _, _ in post.received()] == ["pager", "pager"]
