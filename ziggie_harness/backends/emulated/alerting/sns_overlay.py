"""The API of SNS, where moto is lax: what a message may be, subscriptions that wait for a confirmation, deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from ziggie_harness.backends.emulated.alerting import state
from ziggie_harness.backends.emulated.calls import Answer, AwsError
from ziggie_harness.backends.emulated.moto_state import gap
from ziggie_harness.emulation.sns import request_rules

if TYPE_CHECKING:
    from ziggie_harness.backends.emulated.alerting.topics import Topics
    from ziggie_harness.backends.emulated.calls import Call

SERVICE: Final = "sns"

TO_CONFIRM: Final = ("https", "http", "email", "email-json")
"""Protocols whose subscribers have to confirm (botocore service model, Subscribe); the others need not."""

PENDING: Final = "pending confirmation"
"""What Subscribe answers instead of an ARN; lists say PendingConfirmation."""


class SnsApi:
    """An overlay of the gateway."""

    def __init__(self, topics: Topics) -> None:
        """Publish to topics."""
        self._topics = topics

    def handle(self, call: Call) -> Answer | None:
        """Refuse what SNS refuses, and answer what moto answers wrongly."""
        if call.service != SERVICE:
            return None
        if messages := request_rules.errors(call.operation, call.parameters):
            raise AwsError("InvalidParameter", ", ".join(messages))
        if call.operation == "Publish":
            return self._publish(call)
        if call.operation == "PublishBatch":
            raise gap("sns PublishBatch", "messages are published one by one")
        if call.operation == "ConfirmSubscription":
            return self._confirm(call.parameters)
        if call.operation == "Subscribe" and call.parameters["Protocol"] in request_rules.ELSEWHERE:
            raise gap("sns Subscribe", f"nobody receives by {call.parameters['Protocol']} in the lab")
        return None

    def after(self, call: Call, answer: Answer) -> Answer:
        """Ask a new subscriber to confirm, and tell who has not."""
        if call.service != SERVICE:
            return answer
        if call.operation == "Subscribe" and call.parameters["Protocol"] in TO_CONFIRM:
            return self._subscribed(call, str(answer.result["SubscriptionArn"]))
        if call.operation.startswith("ListSubscriptions"):
            listed = [self._listed(each) for each in answer.result.get("Subscriptions", ())]
            return Answer({**answer.result, "Subscriptions": listed})
        if call.operation == "GetSubscriptionAttributes":
            pending = str(self._topics.unconfirmed(call.parameters["SubscriptionArn"])).lower()
            return Answer({"Attributes": {**answer.result["Attributes"], "PendingConfirmation": pending}})
        return answer

    def _publish(self, call: Call) -> Answer:
        """Publish a message to a topic; the ARN's region is the one that is asked (botocore, NotFoundException)."""
        arn = call.parameters.get("TopicArn") or call.parameters.get("TargetArn")
        if not arn:
            raise gap("sns Publish", "nobody receives by telephone in the lab")
        if state.topic_policy(call.region, arn) is None:
            raise AwsError("NotFound", "Topic does not exist", 404)
        return Answer({"MessageId": self._topics.publish(call.region, arn, call.parameters)})

    def _confirm(self, given: Mapping[str, Any]) -> Answer:
        """Confirm a subscription by its token (botocore service model, ConfirmSubscription)."""
        arn = self._topics.confirm(given["Token"])
        if arn is None:
            raise AwsError("InvalidParameter", "Invalid parameter: Token")
        return Answer({"SubscriptionArn": arn})

    def _subscribed(self, call: Call, arn: str) -> Answer:
        """Send a new subscriber its confirmation; the answer has an ARN only where that is asked for."""
        topic, region = call.parameters["TopicArn"], call.region

        def url(token: str) -> str:
            query = urlencode({"Action": "ConfirmSubscription", "TopicArn": topic, "Token": token})
            return f"https://sns.{region}.amazonaws.com/?{query}"

        self._topics.ask_to_confirm(region, topic, arn, url)
        return Answer({"SubscriptionArn": arn if call.parameters.get("ReturnSubscriptionArn") else PENDING})

    def _listed(self, each: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a subscription as lists show it."""
        unconfirmed = self._topics.unconfirmed(each["SubscriptionArn"])
        return {**each, "SubscriptionArn": "PendingConfirmation"} if unconfirmed else each
