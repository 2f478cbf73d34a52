"""Hosted zones and their records, where moto is lax or silent: rules, uniqueness, propagation, test answers.

Deciding is left to ``ziggie_harness.emulation.route53``; this turns API calls into its terms and back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from ziggie_harness.backends.emulated.calls import Answer, AwsError, Call
from ziggie_harness.backends.emulated.moto_state import gap
from ziggie_harness.backends.emulated.route53_state import Route53State, record_set_of
from ziggie_harness.emulation.route53 import rules
from ziggie_harness.emulation.route53.book import NAME_SERVERS
from ziggie_harness.emulation.route53.records import Change, Zone, applied, canonical_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from ziggie_harness.backends.emulated.dates import DrillDates
    from ziggie_harness.emulation.route53.authority import DnsAnswer

SERVICE: Final = "route53"

PAGE_ITEMS: Final = 100
"""Source: botocore service model, ListHostedZonesByName: "Route 53 returns up to 100 items in each response"."""

NOT_EMULATED: Final = frozenset(
    {"GeoLocation", "MultiValueAnswer", "TrafficPolicyInstanceId", "CidrRoutingConfig", "GeoProximityLocation"}
)
"""Members of a ResourceRecordSet that our name servers know nothing of."""


class Changes(Protocol):
    """What the overlay needs of the way from the control plane to the name servers: ``Propagation``."""

    def submit(self, zone: Zone) -> str:
        """Send a zone on its way; return the change's id."""
        ...

    def status(self, change_id: str) -> Literal["PENDING", "INSYNC"] | None:
        """Return how far a change is, None for an unknown id."""
        ...


class NameServers(Protocol):
    """What the overlay needs of the name servers: ``Authority``."""

    def preview(self, name: str, kind: str) -> DnsAnswer:
        """Say what a question would be answered with."""
        ...

    def withdraw(self, name: str) -> None:
        """Serve a zone no longer."""
        ...


class Route53Zones:
    """The overlay for hosted zones, record sets and changes."""

    def __init__(self, state: Route53State, changes: Changes, name_servers: NameServers, dates: DrillDates) -> None:
        """Stand before the state; changes go to the name servers."""
        self._state = state
        self._changes = changes
        self._name_servers = name_servers
        self._dates = dates
        self._references: set[str] = set()
        self._submitted: dict[str, dt.datetime] = {}
        self._deleting: dict[str, str] = {}
        self._answers: Mapping[str, Callable[[Mapping[str, Any]], Answer | None]] = {
            "ChangeResourceRecordSets": self._change_record_sets,
            "CreateHostedZone": self._check_new_zone,
            "DeleteHostedZone": self._note_deletion,
            "GetChange": self._change,
            "ListHostedZonesByName": self._zones_by_name,
            "TestDNSAnswer": self._test_answer,
        }

    def handle(self, call: Call) -> Answer | None:
        """Answer what moto would answer wrongly."""
        answer = self._answers.get(call.operation) if call.service == SERVICE else None
        return answer(call.parameters) if answer else None

    def after(self, call: Call, answer: Answer) -> Answer:
        """Send new zones to the name servers and take deleted ones from them."""
        if call.service != SERVICE:
            return answer
        if call.operation == "CreateHostedZone":
            return self._created(call.parameters["CallerReference"], answer)
        if call.operation == "DeleteHostedZone":
            self._name_servers.withdraw(self._deleting.pop(_plain(call.parameters["Id"])))
        return answer

    def _change_record_sets(self, parameters: Mapping[str, Any]) -> Answer:
        """Make a change batch, all of it or nothing."""
        zone = self._zone(parameters["HostedZoneId"])
        described = parameters["ChangeBatch"].get("Changes", ())
        for change in described:
            if unknown := NOT_EMULATED & change["ResourceRecordSet"].keys():
                raise gap(f"{SERVICE} ChangeResourceRecordSets", f"{', '.join(sorted(unknown))} of a record set")
        changes = [Change(change["Action"], record_set_of(change["ResourceRecordSet"])) for change in described]
        if errors := rules.change_batch_errors(zone, changes, self._state.health_checks().keys()):
            code = rules.change_batch_error_code(errors)
            raise AwsError(code, _listed(errors) if code == "InvalidChangeBatch" else ", ".join(errors))
        if gaps := rules.change_batch_gaps(changes):
            raise gap(f"{SERVICE} ChangeResourceRecordSets", "; ".join(gaps))
        self._state.write(zone.id, changes)
        comment = parameters["ChangeBatch"].get("Comment")
        return Answer({"ChangeInfo": {**self._submit(applied(zone, changes)), "Comment": comment}})

    def _check_new_zone(self, parameters: Mapping[str, Any]) -> None:
        """Refuse a caller reference that was used before, and private zones, which no name server of ours serves."""
        if error := rules.zone_reference_error(parameters["CallerReference"], self._references):
            raise AwsError("HostedZoneAlreadyExists", error)
        if parameters.get("HostedZoneConfig", {}).get("PrivateZone"):
            raise gap(f"{SERVICE} CreateHostedZone", "private hosted zones are not served")

    def _created(self, reference: str, answer: Answer) -> Answer:
        """Complete a new zone and send it to the name servers."""
        self._references.add(reference)
        zone_id = _plain(answer.result["HostedZone"]["Id"])
        self._state.adopt_zone(zone_id)
        return Answer({**answer.result, "ChangeInfo": self._submit(self._zone(zone_id))})

    def _note_deletion(self, parameters: Mapping[str, Any]) -> None:
        """Remember the name of a zone that moto is about to delete, if it lets it."""
        zone = self._zone(parameters["Id"])
        self._deleting[zone.id] = zone.name

    def _submit(self, zone: Zone) -> Mapping[str, Any]:
        """Send a zone to the name servers; return the ChangeInfo."""
        change_id = self._changes.submit(zone)
        self._submitted[change_id] = self._dates.now()
        return self._change_info(change_id)

    def _change(self, parameters: Mapping[str, Any]) -> Answer:
        """Tell how far a change is."""
        return Answer({"ChangeInfo": self._change_info(_plain(parameters["Id"]))})

    def _change_info(self, change_id: str) -> Mapping[str, Any]:
        """Describe a change; AwsError NoSuchChange for an unknown one."""
        status = self._changes.status(change_id)
        if status is None:
            raise AwsError("NoSuchChange", f"Could not find resource with ID: {change_id}")
        return {"Id": f"/change/{change_id}", "Status": status, "SubmittedAt": self._submitted[change_id]}

    def _zones_by_name(self, parameters: Mapping[str, Any]) -> Answer:
        """List zones in the order of their names from a name on: moto lists the one of that name only.

        Source: botocore service model, ListHostedZonesByName: "sorts hosted zones by name with the labels reversed";
        DNSName is "the name of the first hosted zone in the response". That it starts there when no zone has exactly
        that name is general knowledge.
        """
        name, first_id = parameters.get("DNSName"), _plain(parameters.get("HostedZoneId") or "")
        most = int(parameters.get("MaxItems") or PAGE_ITEMS)
        ordered = sorted(self._state.described_zones(), key=_place)
        start = (_reversed_labels(name), first_id) if name else ("", "")
        left = [zone for zone in ordered if _place(zone) >= start]
        result: dict[str, Any] = {"HostedZones": left[:most], "IsTruncated": len(left) > most, "MaxItems": str(most)}
        result |= {"DNSName": canonical_name(name)} if name else {}
        result |= {"HostedZoneId": first_id} if first_id else {}
        if len(left) > most:
            result |= {"NextDNSName": left[most]["Name"], "NextHostedZoneId": _plain(left[most]["Id"])}
        return Answer(result)

    def _test_answer(self, parameters: Mapping[str, Any]) -> Answer:
        """Ask the name servers, as they are now."""
        self._zone(parameters["HostedZoneId"])
        answer = self._name_servers.preview(parameters["RecordName"], parameters["RecordType"])
        return Answer(
            {
                "Nameserver": NAME_SERVERS[0].removesuffix("."),
                "RecordName": canonical_name(parameters["RecordName"]),
                "RecordType": parameters["RecordType"],
                "RecordData": list(answer.values),
                "ResponseCode": answer.rcode,
                "Protocol": "UDP",
            }
        )

    def _zone(self, zone_id: str) -> Zone:
        """Return a zone; AwsError NoSuchHostedZone for an unknown one."""
        zone = self._state.zones().get(_plain(zone_id))
        if zone is None:
            raise AwsError("NoSuchHostedZone", f"No hosted zone found with ID: {_plain(zone_id)}")
        return zone


def _plain(identity: str) -> str:
    """Return an id without the path that some callers put before it: ``/hostedzone/Z1`` is ``Z1``."""
    return identity.rpartition("/")[2]


def _place(zone: Mapping[str, Any]) -> tuple[str, str]:
    """Return where a zone stands in the order of names."""
    return _reversed_labels(zone["Name"]), _plain(zone["Id"])


def _reversed_labels(name: str) -> str:
    """Write a name with its labels reversed, as Route 53 sorts: ``com.example.www.``."""
    return ".".join(reversed(canonical_name(name).removesuffix(".").split("."))) + "."


def _listed(errors: Sequence[str]) -> str:
    """Write the messages of an InvalidChangeBatch as Route 53's answers do: ``[one, another]``."""
    return f"[{', '.join(errors)}]"
