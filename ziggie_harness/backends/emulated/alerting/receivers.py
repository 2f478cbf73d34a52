"""Who is told: pagers and mailboxes, real HTTPS servers at sites of the lab, which write down what reaches them."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from ziggie_harness.backends.emulated.alerting.topics import CONFIRMATION
from ziggie_harness.backends.emulated.calls import HttpRequest, HttpResponse
from ziggie_harness.backends.emulated.door import Door, Place
from ziggie_harness.lab.sites import site_named
from ziggie_harness.model.alert_events import AlertReceived
from ziggie_harness.model.alerts import Receiver
from ziggie_harness.model.errors import ApiRefused, LabError

if TYPE_CHECKING:
    from ziggie_harness.lab.certificates import CertificateAuthority
    from ziggie_harness.ports import Journal, Paths

HOST: Final = 60
"""Which host of a site receives alerts."""

PORT: Final = 443

SUFFIX: Final = ".receivers.example"
"""What the names of receivers end with: nobody can own it (RFC 6761)."""

Confirm = Callable[[str, str, str], None]
"""Confirms a subscription: from a site, of a topic's ARN, by a token. Raises ApiRefused."""


class Receivers:
    """All receivers of a drill, each where it was declared. A context manager: they listen inside its block."""

    def __init__(
        self,
        paths: Paths,
        journal: Journal,
        certificates: CertificateAuthority,
        confirm: Confirm,
        declared: Mapping[str, tuple[str, Receiver]],
    ) -> None:
        """Prepare the receivers ``declared`` by name, each with its site."""
        self._paths, self._journal, self._certificates, self._confirm = paths, journal, certificates, confirm
        self._declared = declared
        self._doors: dict[str, Door] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Listen at each site that has a receiver."""
        with ExitStack() as stack:
            for site in sorted({site for site, _ in self._declared.values()}):
                hosts = [host_of(name) for name, (where, _) in self._declared.items() if where == site]
                context = self._certificates.server_context(self._certificates.issue(hosts))
                respond = self._responding(site)
                self._doors[site] = stack.enter_context(
                    Door(f"receivers at {site}", self._listen(site), context, respond)
                )
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening."""
        self._stack.close()

    def place(self, host: str) -> Place | None:
        """Return where a receiver listens, by the name of its host; None for a name that is none."""
        site = self._declared.get(host.removesuffix(SUFFIX), ("", None))[0]
        return self._doors[site].place if site in self._doors else None

    def _listen(self, site: str) -> socket.socket:
        """Make a site's listening socket."""
        place = (site_named(site).host(HOST), PORT)
        with self._paths.inside(site):
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(self._paths.located(*place))
            listener.listen()
        except OSError as error:
            listener.close()
            raise LabError(f"receivers of alerts cannot listen at {place[0]}:{place[1]}", str(error)) from error
        return listener

    def _answer(self, name: str, site: str, topic_arn: str, token: str) -> HttpResponse:
        """Confirm a subscription, if this receiver does; one that could not is asked again."""
        if self._declared[name][1].confirms:
            try:
                self._confirm(site, topic_arn, token)
            except ApiRefused:
                return HttpResponse(503, {}, b"")
        return HttpResponse(200, {}, b"")

    def _responding(self, site: str) -> Callable[[Place, HttpRequest], HttpResponse]:
        """Return what answers the requests that reach a site's receivers."""

        def respond(_: Place, request: HttpRequest) -> HttpResponse:
            name = request.host.removesuffix(SUFFIX)
            try:
                message = json.loads(request.body)
                identity, kind, text = message["MessageId"], message["Type"], message["Message"]
            except (ValueError, KeyError, TypeError):
                return HttpResponse(400, {}, b"")
            if name not in self._declared:
                return HttpResponse(404, {}, b"")
            if kind == CONFIRMATION:
                return self._answer(name, site, message["TopicArn"], message["Token"])
            self._journal.record(AlertReceived(name, site, identity, message.get("Subject", ""), state_in(text)))
            return HttpResponse(200, {}, b"")

        return respond


def host_of(name: str) -> str:
    """Return the host name of a receiver."""
    return f"{name}{SUFFIX}"


def endpoint_of(name: str, receiver: Receiver) -> str:
    """Return the endpoint by which a receiver is subscribed."""
    return f"https://{host_of(name)}/alerts" if receiver.protocol == "https" else f"duty@{host_of(name)}"


def state_in(text: str) -> str:
    """Return the state of the alarm that a message tells of: CloudWatch's own message, or its event; else nothing."""
    try:
        told = json.loads(text)
    except ValueError:
        return ""
    if not isinstance(told, Mapping):
        return ""
    if "NewStateValue" in told:
        return str(told["NewStateValue"])
    detail = told.get("detail")
    state = detail.get("state") if isinstance(detail, Mapping) else None
    return str(state.get("value", "")) if isinstance(state, Mapping) else ""
