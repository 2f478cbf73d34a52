"""What a region, an address and a health check are called on the page: by their role, as a reader thinks of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ziggie_harness.model.client_events import RequestEnded
from ziggie_harness.model.history import History


class Tone(StrEnum):
    """How something looks; a word stands beside it, for nobody has to tell colours apart."""

    PRIMARY = "primary"
    """Done or answered by the primary region."""
    SECONDARY = "secondary"
    OTHER = "other"
    """Done or answered elsewhere."""
    GOOD = "good"
    BAD = "bad"
    UNSURE = "unsure"
    """Nobody knows: an answer never came."""
    LOST = "lost"
    """Acknowledged, and not there afterwards."""
    FAULT = "fault"
    PLAIN = "plain"
    SKIPPED = "skipped"


ID_LETTERS: Final = 8
"""So much of an id that AWS makes up is enough to tell two apart."""


@dataclass(frozen=True, slots=True)
class Places:
    """The regions of a drill by their names and addresses."""

    roles: Mapping[str, str]
    """The role of each region, such as `eu-north-1: primary`."""
    addresses: Mapping[str, str]
    """The region that answered at each address."""

    @staticmethod
    def of(regions: Mapping[str, str], history: History) -> Places:
        """Read the places of a drill from the regions of its design, by role, and from the answers in its history."""
        answers = history.of_kind(RequestEnded)
        addresses = {event.address: event.region for _, event in answers if event.address and event.region}
        return Places({region: role.replace("_", " ") for role, region in regions.items()}, addresses)

    def region(self, name: str) -> str:
        """Return a region with its role, or what is no region of the design as it is."""
        role = self.roles.get(name)
        return f"{role} region ({name})" if role else name

    def short(self, name: str) -> str:
        """Return a region with its role as a lane is called, for which there is little room."""
        role = self.roles.get(name)
        return f"{role} ({name})" if role else name

    def endpoint(self, address: str, health_check: str) -> str:
        """Return what a health check looks at: the region behind its address, or the check's own id."""
        region = self.addresses.get(address)
        return self.short(region) if region else address or health_check[:ID_LETTERS]

    def target(self, role: str) -> str:
        """Return the region that a role names, with its name."""
        wanted = role.replace("_", " ")
        return next((self.region(name) for name, known in self.roles.items() if known == wanted), wanted)

    def address(self, address: str) -> str:
        """Return an address with the region behind it, where some client was answered there."""
        region = self.addresses.get(address)
        return f"{self.region(region)}, {address}" if region else address

    def tone(self, region: str) -> Tone:
        """Return how a region looks."""
        role = self.roles.get(region)
        return Tone(role) if role in {Tone.PRIMARY, Tone.SECONDARY} else Tone.OTHER

    def tone_of(self, addresses: Iterable[str]) -> Tone:
        """Return how an answer of a name looks: as the one region behind it, as nothing known, or as a failure."""
        regions = {self.addresses.get(address, "") for address in addresses}
        if not regions:
            return Tone.BAD
        return self.tone(regions.pop()) if len(regions) == 1 else Tone.OTHER
