"""One request of one health checker, with Route 53's deadlines.

General source: Developer Guide, "How Amazon Route 53 determines whether a health check is healthy".

Not imitated: the second TLS handshake without SNI when the certificate does not name the domain; that checkers offer
nothing newer than TLS 1.2 is botocore's service model (HealthCheckConfig.Type) and is imitated. Whether real checkers
resume TLS sessions is not known; these do.
"""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ziggie_harness.lab.http_exchange import await_head
from ziggie_harness.lab.http_messages import NotHttp, ResponseMessage, request_head
from ziggie_harness.lab.wire import Line, Silence

if TYPE_CHECKING:
    from ziggie_harness.emulation.route53.records import HealthCheck
    from ziggie_harness.lab.trust import Trust
    from ziggie_harness.ports import Clock, Paths

CONNECT_SECONDS: Final = 4.0
"""Source: "Route 53 must be able to establish a TCP connection with the endpoint within four seconds"."""

TCP_CONNECT_SECONDS: Final = 10.0
"""Source: "TCP health checks - Route 53 must be able to establish a TCP connection ... within ten seconds"."""

STATUS_SECONDS: Final = 2.0
"""Source: "an HTTP status code of 2xx or 3xx within two seconds after connecting"; a TLS handshake is part of them."""

BODY_SECONDS: Final = 2.0
"""Source: "it must receive the response body from the endpoint within the next two seconds"."""

SEARCHED_BYTES: Final = 5120
"""Source: "The string must appear entirely in the first 5,120 bytes of the response body"."""

STATUS_LEAST, STATUS_BELOW = 200, 400
"""Source: botocore service model, HealthCheckConfig.Type: "a status code of 200 or greater and less than 400"."""

USUAL_PORTS: Final = {"HTTP": 80, "HTTP_STR_MATCH": 80, "HTTPS": 443, "HTTPS_STR_MATCH": 443}
"""The port of a check that gives none. Source: general knowledge, the console's defaults; not confirmed for the API."""

USER_AGENT: Final = "Amazon-Route53-Health-Check-Service"
"""Source: Developer Guide, router and firewall rules for health checks; the real one adds the check's id and a link."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a checker found; ``reason`` is worded as GetHealthCheckStatus words it ("Success: ...", "Failure: ...")."""

    healthy: bool
    reason: str


def tolerant_context() -> ssl.SSLContext:
    """Make the checkers' TLS settings. Source: "HTTPS health checks don't validate SSL/TLS certificates"."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # as documented: an expired or foreign certificate does not fail a check
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def port_of(check: HealthCheck) -> int:
    """Return the port that a check asks; raise ValueError where there is no usual one."""
    port = check.port if check.port is not None else USUAL_PORTS.get(check.type)
    if port is None:
        raise ValueError(f"health check {check.id}: a check of type {check.type} has no usual port: give it one")
    return port


def host_header(check: HealthCheck, address: str) -> str:
    """Return the Host header of a check's request.

    Source: botocore service model, HealthCheckConfig.FullyQualifiedDomainName: the name alone for HTTP on port 80 and
    HTTPS on 443, else "FullyQualifiedDomainName:Port"; without a name the address "in each of the preceding cases".
    """
    name = check.fully_qualified_domain_name or address
    port = port_of(check)
    return name if port == USUAL_PORTS[check.type] else f"{name}:{port}"


def server_name(check: HealthCheck) -> str | None:
    """Return the name that goes into the TLS handshake, or None for no SNI.

    Source: botocore service model, HealthCheckConfig.EnableSNI: the FullyQualifiedDomainName is sent, so a check by
    address alone sends none. That SNI is on unless switched off is how the API fills it in (general knowledge, not
    confirmed).
    """
    name = check.fully_qualified_domain_name
    if check.enable_sni is False or not name or is_address(name):
        return None
    return name.removesuffix(".")


def is_address(name: str) -> bool:
    """Say whether a name is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def check_endpoint(  # noqa: PLR0913, PLR0917 - from where, what and where to, and the two that every line needs
    clock: Clock, paths: Paths, site: str, check: HealthCheck, address: str, trust: Trust, source: str = ""
) -> Finding:
    """Ask an endpoint once from a site, and from an address of it where one is given, and say what was found.

    Never raises for what an endpoint can do.
    """
    try:
        with Line(clock, paths, site, address, port_of(check), source) as line:
            patience = TCP_CONNECT_SECONDS if check.type == "TCP" else CONNECT_SECONDS
            line.connect(clock.now() + patience)
            if check.type == "TCP":
                return Finding(healthy=True, reason="Success: TCP connection established")
            return _ask(clock, line, check, address, trust)
    except Silence as silence:
        return Finding(healthy=False, reason=f"Failure: {silence}")
    except ssl.SSLError as error:
        return Finding(healthy=False, reason=f"Failure: SSL alert {_alert(error)}")
    except NotHttp as error:
        return Finding(healthy=False, reason=f"Failure: the endpoint does not answer in HTTP: {error}")
    except OSError as error:
        return Finding(healthy=False, reason=f"Failure: {error}")


def _ask(clock: Clock, line: Line, check: HealthCheck, address: str, trust: Trust) -> Finding:
    """Send the request over a connected line and judge the response."""
    until = clock.now() + STATUS_SECONDS
    if check.type.startswith("HTTPS"):
        trust.shake_hands(line, server_name(check), until)
    line.send(_request(check, address), until)
    response = ResponseMessage()
    await_head(response, line, until)
    phrase = f"HTTP Status Code {response.status}, {response.reason}".removesuffix(", ")
    if not STATUS_LEAST <= response.status < STATUS_BELOW:
        return Finding(healthy=False, reason=f"Failure: {phrase}")
    if not check.type.endswith("_STR_MATCH"):
        return Finding(healthy=True, reason=f"Success: {phrase}")
    if (check.search_string or "").encode() in _body(response, line, clock.now() + BODY_SECONDS):
        return Finding(healthy=True, reason=f"Success: {phrase}")
    return Finding(healthy=False, reason=f"Failure: {phrase}, the response body does not contain the search string")


def _alert(error: ssl.SSLError) -> str:
    """Return a TLS alert as Route 53 calls it, such as handshake_failure; OpenSSL puts a version before it."""
    return (error.reason or "unknown").lower().rpartition("_alert_")[2]


def _request(check: HealthCheck, address: str) -> bytes:
    """Return the request's bytes. A path without its leading slash gets one, as the console shows it."""
    path = "/" + (check.path or "").removeprefix("/")
    headers = [("Host", host_header(check, address)), ("User-Agent", USER_AGENT), ("Connection", "close")]
    return request_head("GET", path, headers)


def _body(response: ResponseMessage, line: Line, until_seconds: float) -> bytes:
    """Return as much of the body as is searched; a checker reads no more than it needs."""
    while len(response.body) < SEARCHED_BYTES and not response.complete:
        response.feed(line.receive("body", until_seconds))
    return bytes(response.body[:SEARCHED_BYTES])
