"""boto3 clients that call from a site of the lab, on the drill's clock.

Requests go through the lab's wire, so a dark region costs no wall time, and failures come as botocore's own errors.
Nothing of the process's environment takes part: no proxy, profile, credential, endpoint or retry setting of its user.
"""

from __future__ import annotations

import functools
import io
import os
import ssl
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES, ConfigValueStore, ConstantProvider
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

from ziggie_harness.lab.http_exchange import Reply, Request, exchange
from ziggie_harness.lab.trust import Trust
from ziggie_harness.lab.wire import Line, Silence
from ziggie_harness.model.errors import ApiRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ziggie_harness.backends.emulated.door import Place
    from ziggie_harness.ports import Clock, Paths

CONNECT_SECONDS: Final = 2.0
READ_SECONDS: Final = 30.0

ACCESS_KEY: Final = "AKIAZIGGIEHARNESS000"
SECRET_KEY: Final = "no-secret"  # noqa: S105 - the gateway checks no signature; botocore wants something to sign with


@dataclass(frozen=True, slots=True)
class Keys:
    """What a caller signs with; a role's have a session token."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


ADMINISTRATOR: Final = Keys(ACCESS_KEY, SECRET_KEY)
"""Keys that belong to no role: those of who provisions and operates."""

USER_AGENT: Final = "ziggie-harness boto3"
"""Without one, botocore describes itself and this machine anew for each request, which takes a millisecond."""

WIRE_HEADERS: Final = frozenset({"host", "connection", "content-length", "transfer-encoding", "expect"})
"""Headers that the wire writes itself."""


class Clients:
    """Makes boto3 clients for callers at sites. Clients are kept: one for each service, region and site."""

    def __init__(
        self,
        clock: Clock,
        paths: Paths,
        context: ssl.SSLContext,
        place_of: Callable[[str], Place | None],
        *,
        validates: bool = True,
    ) -> None:
        """Trust what ``context`` trusts; ``place_of`` leads a host name to address and port, as the lab's DNS does.

        Without ``validates`` boto3 sends parameters that it knows to be wrong, as other clients would.
        """
        self._validates = validates
        self._clock = clock
        self._paths = paths
        self._trust = Trust(context)
        self._place_of = place_of
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str, str, Keys], Any] = {}

    def client(self, service: str, region: str, caller_site: str, keys: Keys = ADMINISTRATOR) -> Any:  # noqa: ANN401 - boto3 makes its classes late
        """Return a boto3 client of a service in a region that calls from a site; it has real names, and tries once."""
        key = (service, region, caller_site, keys)
        with self._lock:
            if key not in self._made:
                self._made[key] = self._make(*key)
            return self._made[key]

    def close(self) -> None:
        """Keep the clients for the next world of this process; the last one's are of no use any more."""
        with self._lock:
            made, self._made = self._made, {}
        for (service, region, _, keys), client in made.items():
            if service in KEPT and keys == ADMINISTRATOR:
                _kept[service, region, self._validates].append(client)

    def ask(self, service: str, region: str, caller_site: str, question: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - as above
        """Ask a service from a site. Raises ApiRefused for AWS's errors and for silence alike."""
        try:
            return question(self.client(service, region, caller_site))
        except (ClientError, BotoCoreError) as error:
            raise ApiRefused(f"{service} in {region}, called from {caller_site}, did not do it", str(error)) from error

    def send(self, site: str, request: AWSPreparedRequest) -> AWSResponse:
        """Send a prepared request from a site; failures are botocore's errors, as with its own sockets."""
        url = urlsplit(request.url)
        host = url.hostname or ""
        place = self._place_of(host)
        if place is None:
            raise EndpointConnectionError(endpoint_url=request.url, error=f"{host} leads nowhere in the lab")
        target = url.path + (f"?{url.query}" if url.query else "")
        wire_request = Request(request.method, target or "/", host, _headers(request), _body(request))
        with self._clock.actor(f"a caller of AWS in {site}"):
            reply = self._talk(site, place, request.url, wire_request)
        headers: Any = HeadersDict(reply.headers)
        return AWSResponse(request.url, reply.status, headers, _Raw(reply.body))

    def _make(self, service: str, region: str, caller_site: str, keys: Keys) -> Any:  # noqa: ANN401 - as above
        """Make a client whose requests go through the lab, or have one do so that an earlier world has left."""

        def before_send(request: AWSPreparedRequest, **_: object) -> AWSResponse:
            """Take the place of botocore's own HTTP session."""
            return self.send(caller_site, request)

        with _MAKING:
            left = _kept[service, region, self._validates] if keys == ADMINISTRATOR else []
            client = left.pop() if left else self._made_anew(service, region, keys)
        client.meta.events.unregister("before-send", unique_id=HANDLER)
        client.meta.events.register("before-send", before_send, unique_id=HANDLER)
        return client

    def _made_anew(self, service: str, region: str, keys: Keys) -> Any:  # noqa: ANN401 - as above
        """Make a client. Called with ``_MAKING`` held."""
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 1, "mode": "standard"},
            proxies={},
            user_agent=USER_AGENT,
            parameter_validation=self._validates,
            ignore_configured_endpoint_urls=True,  # type: ignore[call-arg]  # the types are older than the option
        )
        return _isolated_session().client(
            service,
            region_name=region,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            aws_session_token=keys.token,
            config=config,
        )

    def _talk(self, site: str, place: Place, url: str, request: Request) -> Reply:
        """Connect, shake hands, ask; botocore waits for a handshake as it waits for an answer."""
        with Line(self._clock, self._paths, site, *place) as line:
            try:
                line.connect(self._clock.now() + CONNECT_SECONDS)
            except Silence as error:
                raise ConnectTimeoutError(endpoint_url=url, error=error) from error
            except OSError as error:
                raise EndpointConnectionError(endpoint_url=url, error=error) from error
            try:
                self._trust.shake_hands(line, request.host, self._clock.now() + READ_SECONDS)
                return exchange(self._clock, line, request, head_seconds=READ_SECONDS, body_seconds=READ_SECONDS)
            except Silence as error:
                raise ReadTimeoutError(endpoint_url=url, error=error) from error
            except ssl.SSLError as error:
                raise SSLError(endpoint_url=url, error=error) from error
            except OSError as error:
                raise ConnectionClosedError(endpoint_url=url, error=error) from error


class _Raw(io.BytesIO):
    """A body as botocore reads it, at once or in pieces."""

    def stream(self, **_: object) -> Iterator[bytes]:
        """Yield what is left."""
        yield self.read()


_MAKING: Final = threading.Lock()
"""Held by who makes a client, for a session makes one at a time."""

KEPT: Final = frozenset({"iam", "rds", "route53", "sts"})
"""Services whose clients one world leaves to the next, for to make one takes 0.02 s. S3's learn where buckets are."""

HANDLER: Final = "the lab's wire"
"""The name under which a client's events know what sends its requests."""

_kept: Final[defaultdict[tuple[str, str, bool], list[Any]]] = defaultdict(list)
"""Clients that nobody uses now, by service, region, and whether they validate."""


@functools.cache
def _isolated_session() -> Any:  # noqa: ANN401 - typed, it takes the names of services as literals only
    """Return a session whose every setting is botocore's default: neither environment nor files are read.

    Once a process: a session takes 0.017 s, and what it has parsed of the services' models costs more than a client.
    """
    session = botocore.session.Session()
    settings = {
        name: ConstantProvider(default) for name, (_, _, default, _) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
    }
    settings |= {name: ConstantProvider(os.devnull) for name in ("config_file", "credentials_file")}
    session.register_component("config_store", ConfigValueStore(mapping=settings))
    return boto3.Session(botocore_session=session)


def _headers(request: AWSPreparedRequest) -> dict[str, str]:
    """Return a request's headers as text, but for those that the wire writes itself."""
    headers: Any = request.headers  # some values are bytes, whatever their types claim
    named = ((name, value.decode() if isinstance(value, bytes) else str(value)) for name, value in headers.items())
    return {name: value for name, value in named if name.lower() not in WIRE_HEADERS}


def _body(request: AWSPreparedRequest) -> bytes:
    """Return a request's body as bytes, reading it where it is a file."""
    body: Any = request.body
    if hasattr(body, "read"):
        body = body.read()
    return body.encode() if isinstance(body, str) else bytes(body or b"")
