"""SNS's data plane: a published message is sent to every subscriber, again where it was not taken."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from ziggie_harness.backends.emulated.alerting import state
from ziggie_harness.emulation.eventbridge.permissions import objection
from ziggie_harness.emulation.sns.request_rules import message_for
from ziggie_harness.emulation.sns.retries import policy_of
from ziggie_harness.model.alert_events import NotificationPublished, NotificationTried

if TYPE_CHECKING:
    from ziggie_harness.backends.emulated.alerting.functions import Functions
    from ziggie_harness.backends.emulated.alerting.ways import Ways
    from ziggie_harness.backends.emulated.dates import DrillDates
    from ziggie_harness.ports import Actors, Journal

SNS: Final = "sns.amazonaws.com"

NOTIFICATION: Final = "Notification"
CONFIRMATION: Final = "SubscriptionConfirmation"
"""The kinds of messages (SNS developer guide, "Parsing Amazon SNS message formats")."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message on its way to one subscriber."""

    identity: str
    region: str
    topic_arn: str
    kind: str
    subject: str
    text: str
    extra: Mapping[str, object]
    """What confirmations have besides: token and URL."""

    def body(self, timestamp: str) -> Mapping[str, object]:
        """Return the JSON body (SNS developer guide, "HTTP/HTTPS notification JSON format").

        Signature and certificate are left out: the lab's receivers know the sender by its TLS connection's site.
        """
        subject = {"Subject": self.subject} if self.subject else {}
        return {
            "Type": self.kind,
            "MessageId": self.identity,
            "TopicArn": self.topic_arn,
            **subject,
            "Message": self.text,
            "Timestamp": timestamp,
            **self.extra,
        }


class Topics:
    """The topics of all regions. A context manager: messages are carried inside its block."""

    def __init__(self, ways: Ways, journal: Journal, dates: DrillDates, functions: Functions) -> None:
        """Carry nothing yet."""
        self._ways, self._journal, self._dates, self._functions = ways, journal, dates, functions
        self._tokens: dict[str, str] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Begin to carry."""
        self._actors: Actors = self._stack.enter_context(self._ways.clock.actors("topics"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop what is on its way."""
        self._stack.__exit__(kind, error, trace)

    def publish(self, region: str, topic_arn: str, request: Mapping[str, Any]) -> str:
        """Send a message, in the members of Publish, to every confirmed subscriber; return its id."""
        identity, subject = str(uuid.uuid4()), request.get("Subject", "")
        self._journal.record(NotificationPublished(identity, topic_arn.rpartition(":")[2], region, subject))
        for each in state.subscriptions(region, topic_arn):
            if each.arn in self._tokens or not each.wants(request.get("MessageAttributes") or {}, request["Message"]):
                continue
            text = message_for(request, each.protocol)
            self._send(each, Message(identity, region, topic_arn, NOTIFICATION, subject, text, {}))
        return identity

    def ask_to_confirm(self, region: str, topic_arn: str, subscription_arn: str, url: Callable[[str], str]) -> None:
        """Send a new subscriber what it needs to confirm; until it has, it gets nothing else."""
        each = next(each for each in state.subscriptions(region, topic_arn) if each.arn == subscription_arn)
        token = self._tokens[subscription_arn] = uuid.uuid4().hex
        extra = {"Token": token, "SubscribeURL": url(token)}
        text = f"You have chosen to subscribe to the topic {topic_arn}."
        self._send(each, Message(str(uuid.uuid4()), region, topic_arn, CONFIRMATION, "", text, extra))

    def confirm(self, token: str) -> str | None:
        """Confirm the subscription of a token; return its ARN, or None for a token that is none."""
        arn = next((arn for arn, given in self._tokens.items() if given == token), None)
        if arn is not None:
            del self._tokens[arn]
        return arn

    def unconfirmed(self, subscription_arn: str) -> bool:
        """Say whether a subscription waits for its confirmation."""
        return subscription_arn in self._tokens

    def _send(self, each: state.Subscription, message: Message) -> None:
        """Let an actor deliver a message to a subscriber."""
        self._actors.start(f"message {message.identity} to {each.endpoint}", lambda: self._carry(each, message))

    def _carry(self, each: state.Subscription, message: Message) -> None:
        """Try until a message is taken or its delivery policy is exhausted."""
        waits, attempt = policy_of(each.protocol, each.delivery_policy).waits(), 1
        topic = message.topic_arn.rpartition(":")[2]
        while True:
            refusal = self._deliver(each, message)
            tried = NotificationTried(message.identity, topic, message.region, each.endpoint, attempt, refusal or "")
            self._journal.record(tried)
            wait = next(waits, None)
            if refusal is None or wait is None:
                return
            attempt += 1
            self._ways.clock.sleep(wait)

    def _deliver(self, each: state.Subscription, message: Message) -> str | None:
        """Deliver a message once, by the protocol of the subscription; return why it was not taken, or None."""
        body = message.body(self._dates.now().isoformat())
        if each.protocol in {"https", "http"}:
            scheme, _, rest = each.endpoint.partition("://")
            if scheme != "https":
                return f"the lab has no receivers of {scheme}"
            host, _, path = rest.partition("/")
            headers = {"x-amz-sns-message-type": message.kind, "x-amz-sns-message-id": message.identity}
            return self._ways.post(message.region, host, f"/{path}", headers, body)
        if each.protocol.startswith("email"):
            # A mailbox of the lab takes its mail over HTTPS, where a real one speaks SMTP.
            name, _, host = each.endpoint.partition("@")
            return self._ways.post(message.region, host, f"/mail/{name}", {}, body)
        if each.protocol == "sqs":
            return self._to_queue(each, message, json.dumps(body))
        payload = json.dumps({"Records": [{"EventSource": "aws:sns", "EventSubscriptionArn": each.arn, "Sns": body}]})
        failure = self._functions.hand_over(each.endpoint, payload, SNS, message.topic_arn)
        return failure.reason if failure else None

    def _to_queue(self, each: state.Subscription, message: Message, body: str) -> str | None:
        """Put a message into a queue that lets the topic in; it may be in another region."""
        region, _ = state.queue_of(each.endpoint)
        if obstacle := self._ways.obstacle(message.region, region):
            return obstacle
        try:
            policy = state.queue_policy(each.endpoint)
        except KeyError:
            return f"there is no queue {each.endpoint}"
        context = {"aws:sourcearn": message.topic_arn}
        if refused := objection(policy, SNS, "sqs:SendMessage", each.endpoint, context):
            return refused
        state.send_to_queue(each.endpoint, message.text if each.raw else body, {})
        return None
