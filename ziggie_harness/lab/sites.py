"""The lab's places and their addresses."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from ziggie_harness.model.errors import LabError

_HOSTS = range(1, 255)

ROUTER_HOST = 1
SERVICE_HOST = 10
TEST_HOST = 12
"""Where a service runs with which a failover is tested; nobody is led there."""
ENDPOINT_HOST = 20
DATABASE_HOST = 30
DNS_HOST = 53
CHECKER_HOST = 54
"""The address that Route 53's health checkers of a site send from, which a firewall can tell from everybody else's."""
PROXY_HOST = 80
DEFAULT_HOST = 100
"""The address a site's programs send from when they choose none."""


@dataclass(frozen=True, slots=True)
class Site:
    """One place of the lab: a network namespace with a /24 of its own."""

    name: str
    prefix: str
    """The first three numbers of its addresses."""

    def host(self, number: int) -> str:
        """Tell the address of host ``number``; every one from 2 to 254 can be bound in the site."""
        if number not in _HOSTS:
            raise LabError(
                f"{self.name} has no host {number}: a site has hosts 1 to 254",
                hint="use one of the numbers in ziggie_harness/lab/sites.py",
            )
        return f"{self.prefix}.{number}"

    @property
    def network(self) -> str:
        """The site's addresses in CIDR notation."""
        return f"{self.prefix}.0/24"


SITES = (
    Site("eu-north-1", "13.48.10"),
    Site("eu-west-1", "34.240.20"),
    Site("eu-central-1", "3.64.30"),
    Site("us-east-1", "3.80.40"),
    Site("internet", "81.2.69"),
    Site("edge", "205.251.192"),
)
"""Four regions, the clients' side and Route 53's name servers.

The addresses look public because Route 53 refuses health checks of private ones; nothing leads out of the lab.
"""


def site_named(name: str) -> Site:
    """Find the site of that name; LabError lists the names there are."""
    for site in SITES:
        if site.name == name:
            return site
    names = ", ".join(site.name for site in SITES)
    raise LabError(f"the lab has no site {name!r}", hint=f"use one of {names}")


def prefix_of(address: str) -> str:
    """Take the first three numbers of an IPv4 address; LabError when it is none."""
    try:
        return str(ipaddress.IPv4Address(address)).rpartition(".")[0]
    except ValueError as error:
        raise LabError(
            f"{address!r} is not an IPv4 address", hint="the lab speaks IPv4 only; resolve names first"
        ) from error
