"""What the programs are told by their environment, read once and checked at the border.

The API reads
``ZIGGIE_REGION`` its region, also the holder of its lease; ``ZIGGIE_SITE`` where it runs, the region unless given;
``ZIGGIE_LISTEN`` address:port; ``ZIGGIE_CERTIFICATE`` and ``ZIGGIE_KEY`` PEM files;
``ZIGGIE_NAMES`` the names that a TLS handshake may ask for, separated by commas, any and none unless given;
``ZIGGIE_DATABASE_ENGINE`` ``postgres`` (the default) or ``mongodb``;
``ZIGGIE_DATABASE`` address:port, and ``ZIGGIE_DATABASE_NAME`` and ``ZIGGIE_DATABASE_USER``, ``ziggie`` unless given;
with MongoDB instead of one address ``ZIGGIE_DATABASE_MEMBERS``, each as site=address:port, separated by commas,
``ZIGGIE_REPLICA_SET`` (its name), ``ZIGGIE_WRITE_CONCERN`` (``1`` or ``majority``, the set's default unless given), and
``ZIGGIE_DATABASE_PASSWORD`` with ``ZIGGIE_DATABASE_CA`` (PEM file) where the set is secured;
``ZIGGIE_HEALTH`` ``shallow`` or ``deep`` (the default);
``ZIGGIE_CAPACITY`` how many requests a second clients may make, any number unless given, and
``ZIGGIE_CAPACITY_FILE`` a file that says so anew whenever it changes;
``ZIGGIE_WITNESS`` address:port of the witness, none for a service without a lease, and with it ``ZIGGIE_WITNESS_NAME``
(the name in its certificate), ``ZIGGIE_CA`` (PEM file), ``ZIGGIE_LEASE`` (name, ``writer`` unless given),
``ZIGGIE_LEASE_SECONDS`` (10), ``ZIGGIE_RENEW_SECONDS`` (3) and ``ZIGGIE_EPOCHS`` (``compared``, the default, or
``ignored``: whether the witness is told of which epoch the database is, and refuses a stale one).
Whatever else PostgreSQL's client needs is set by its own variables: PGPASSWORD, PGSSLMODE, PGSSLROOTCERT.

The witness reads ``ZIGGIE_LISTEN``, ``ZIGGIE_CERTIFICATE``, ``ZIGGIE_KEY``, and ``ZIGGIE_LEASES``: its leases' file.
The load reads what the API reads of the database, ``ZIGGIE_SITE``, ``ZIGGIE_RATE``: writes a second, and
``ZIGGIE_LEDGER``: the file in which it keeps account; ``ZIGGIE_TRANSFERS`` ``whole`` (the default) or ``halved``;
and, where ``ZIGGIE_DATABASE`` is a pooler's, ``ZIGGIE_BEHIND``: the pooler's site=address:port of the database.
The pooler reads ``ZIGGIE_LISTEN`` and ``ZIGGIE_DATABASE``.
All read ``ZIGGIE_CLOCK`` and ``ZIGGIE_CLOCK_NAME``; without them they live on the wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ziggie_harness.model.errors import ZiggieError

if TYPE_CHECKING:
    from collections.abc import Mapping


class SettingsError(ZiggieError):
    """A variable of the environment is missing or makes no sense."""


@dataclass(frozen=True, slots=True)
class Place:
    """An address and a port."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a program listens, and the certificate that it shows."""

    place: Place
    certificate: str
    key: str
    names: tuple[str, ...]
    """The names that a TLS handshake may ask for; empty where it may ask for any, and for none."""


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where the service's own database is."""

    place: Place
    name: str
    user: str


@dataclass(frozen=True, slots=True)
class MongoSettings:
    """Where the members of the service's replica set are, and how it is asked."""

    members: tuple[tuple[str, Place], ...]
    """Each with its site."""
    replica_set: str
    name: str
    user: str
    password: str
    """Empty for a set that lets anybody in."""
    authority: str
    """The PEM file of the authority that signed the members' certificates."""
    write_concern: str
    """``1``, ``majority``, or empty for the set's own default."""


@dataclass(frozen=True, slots=True)
class LeaseSettings:
    """Whose leave the service needs to write."""

    witness: Place
    witness_name: str
    authority: str
    """The PEM file of the authority that signed the witness's certificate."""
    name: str
    lease_seconds: float
    renew_seconds: float
    compared: bool
    """Whether the witness is told of which epoch the database is, and refuses a stale one."""


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """What one instance of the service is told."""

    region: str
    site: str
    listening: Listening
    database: DatabaseSettings | MongoSettings
    deep: bool
    lease: LeaseSettings | None
    requests_per_second: int
    """What clients may ask for; 0 for whatever comes."""
    capacity_file: str
    """A file that says so when it changes; empty without one."""


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """What a load is told."""

    site: str
    database: DatabaseSettings | MongoSettings
    behind: tuple[str, Place] | None
    """A pooler's site and the database behind it, where the database's place is a pooler's."""
    writes_per_second: int
    ledger: str
    whole_transfers: bool
    """Whether both halves of a transfer are in one transaction."""


@dataclass(frozen=True, slots=True)
class PoolerSettings:
    """What a pooler is told."""

    listening: Place
    database: Place


@dataclass(frozen=True, slots=True)
class WitnessSettings:
    """What the witness is told."""

    listening: Listening
    leases: str


def service_settings(environment: Mapping[str, str]) -> ServiceSettings:
    """Read the settings of the service; SettingsError names the variable that is wrong."""
    region = _text(environment, "ZIGGIE_REGION")
    depth = _one_of(environment, "ZIGGIE_HEALTH", "deep", {"shallow", "deep"})
    return ServiceSettings(
        region,
        environment.get("ZIGGIE_SITE", region),
        _listening(environment),
        _database(environment),
        depth == "deep",
        _lease(environment) if environment.get("ZIGGIE_WITNESS") else None,
        _rate(environment, "ZIGGIE_CAPACITY", "requests") if environment.get("ZIGGIE_CAPACITY") else 0,
        environment.get("ZIGGIE_CAPACITY_FILE", ""),
    )


def witness_settings(environment: Mapping[str, str]) -> WitnessSettings:
    """Read the settings of the witness; SettingsError names the variable that is wrong."""
    return WitnessSettings(_listening(environment), _text(environment, "ZIGGIE_LEASES"))


def load_settings(environment: Mapping[str, str]) -> LoadSettings:
    """Read the settings of a load; SettingsError names the variable that is wrong."""
    rate = _rate(environment, "ZIGGIE_RATE", "writes")
    site, ledger = _text(environment, "ZIGGIE_SITE"), _text(environment, "ZIGGIE_LEDGER")
    transfers = _one_of(environment, "ZIGGIE_TRANSFERS", "whole", {"whole", "halved"})
    behind = _members(environment, "ZIGGIE_BEHIND")[0] if environment.get("ZIGGIE_BEHIND") else None
    return LoadSettings(site, _database(environment), behind, rate, ledger, transfers == "whole")


def pooler_settings(environment: Mapping[str, str]) -> PoolerSettings:
    """Read the settings of a pooler; SettingsError names the variable that is wrong."""
    return PoolerSettings(_place(environment, "ZIGGIE_LISTEN"), _place(environment, "ZIGGIE_DATABASE"))


def _database(environment: Mapping[str, str]) -> DatabaseSettings | MongoSettings:
    """Read where the database is, and of what kind."""
    engine = _one_of(environment, "ZIGGIE_DATABASE_ENGINE", "postgres", {"postgres", "mongodb"})
    if engine == "postgres":
        return _postgres(environment)
    name = environment.get("ZIGGIE_DATABASE_NAME", "ziggie")
    user = environment.get("ZIGGIE_DATABASE_USER", "ziggie")
    password = environment.get("ZIGGIE_DATABASE_PASSWORD", "")
    return MongoSettings(
        _members(environment, "ZIGGIE_DATABASE_MEMBERS"),
        _text(environment, "ZIGGIE_REPLICA_SET"),
        name,
        user,
        password,
        _text(environment, "ZIGGIE_DATABASE_CA") if password else "",
        _one_of(environment, "ZIGGIE_WRITE_CONCERN", "", {"", "1", "majority"}),
    )


def _members(environment: Mapping[str, str], variable: str) -> tuple[tuple[str, Place], ...]:
    """Return members, each with its site."""
    parts = [part.partition("=") for part in _text(environment, variable).split(",")]
    return tuple((site, _place({variable: place}, variable)) for site, _, place in parts)


def _one_of(environment: Mapping[str, str], variable: str, default: str, allowed: set[str]) -> str:
    """Return one of a few words."""
    word = environment.get(variable, default)
    if word not in allowed:
        raise SettingsError(f"{variable} is {word!r}", hint=f"it is one of {', '.join(sorted(allowed - {''}))}")
    return word


def _postgres(environment: Mapping[str, str]) -> DatabaseSettings:
    """Read where a PostgreSQL database is."""
    return DatabaseSettings(
        _place(environment, "ZIGGIE_DATABASE"),
        environment.get("ZIGGIE_DATABASE_NAME", "ziggie"),
        environment.get("ZIGGIE_DATABASE_USER", "ziggie"),
    )


def _listening(environment: Mapping[str, str]) -> Listening:
    """Read where to listen."""
    certificate, key = _text(environment, "ZIGGIE_CERTIFICATE"), _text(environment, "ZIGGIE_KEY")
    names = tuple(filter(None, environment.get("ZIGGIE_NAMES", "").split(",")))
    return Listening(_place(environment, "ZIGGIE_LISTEN"), certificate, key, names)


def _lease(environment: Mapping[str, str]) -> LeaseSettings:
    """Read the settings of a lease, which must be renewed at least twice before it lapses."""
    lease_seconds = _seconds(environment, "ZIGGIE_LEASE_SECONDS", "10")
    renew_seconds = _seconds(environment, "ZIGGIE_RENEW_SECONDS", "3")
    if renew_seconds * 2 > lease_seconds:
        raise SettingsError(
            f"ZIGGIE_RENEW_SECONDS is {renew_seconds:g} for a lease of {lease_seconds:g} s",
            "one lost message would end the lease",
            "renew at least twice in the time of a lease",
        )
    epochs = environment.get("ZIGGIE_EPOCHS", "compared")
    if epochs not in {"compared", "ignored"}:
        raise SettingsError(f"ZIGGIE_EPOCHS is {epochs!r}", hint="it is either compared or ignored")
    return LeaseSettings(
        _place(environment, "ZIGGIE_WITNESS"),
        _text(environment, "ZIGGIE_WITNESS_NAME"),
        _text(environment, "ZIGGIE_CA"),
        environment.get("ZIGGIE_LEASE", "writer"),
        lease_seconds,
        renew_seconds,
        epochs == "compared",
    )


def _rate(environment: Mapping[str, str], variable: str, what: str) -> int:
    """Return how many of something there are in a second."""
    rate = _text(environment, variable)
    if not rate.isdigit() or int(rate) < 1:
        raise SettingsError(f"{variable} is {rate!r}", hint=f"it is a whole number of {what} a second, above 0")
    return int(rate)


def _text(environment: Mapping[str, str], variable: str) -> str:
    """Return a variable that must be there."""
    if value := environment.get(variable):
        return value
    raise SettingsError(f"{variable} is not set", hint="see ziggie_harness/service/settings.py for what it holds")


def _place(environment: Mapping[str, str], variable: str) -> Place:
    """Return an address and a port."""
    text = _text(environment, variable)
    address, _, port = text.rpartition(":")
    if not address or not port.isdigit():
        raise SettingsError(f"{variable} is {text!r}", hint="it is an address and a port, such as 13.48.10.10:443")
    return Place(address, int(port))


def _seconds(environment: Mapping[str, str], variable: str, default: str) -> float:
    """Return a positive time."""
    text = environment.get(variable, default)
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise SettingsError(f"{variable} is {text!r}", hint="it is a time in seconds, above 0")
    return seconds
