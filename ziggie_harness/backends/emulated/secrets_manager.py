"""The control plane of Secrets Manager in all regions: every secret, and the copying between regions.

moto's replicas are views of their primary: they change with it at once, also while a region is dark, and cannot be
promoted (moto 5.2.5). So the secrets are kept here, and moto's Secrets Manager is never asked.
"""

from __future__ import annotations

import secrets
import string
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Self

from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.backends.emulated.endpoints import HTTPS_PORT
from ziggie_harness.emulation.secretsmanager import changes, replication, rules
from ziggie_harness.emulation.secretsmanager.replication import PROPAGATION_SECONDS
from ziggie_harness.emulation.secretsmanager.requests import (
    RECOVERY_DAYS,
    Amendment,
    Create,
    Delete,
    MoveStage,
    Promote,
    Put,
    Refusal,
    RemoveRegions,
    Replicate,
    Request,
    Restore,
    Rotate,
    Update,
)
from ziggie_harness.emulation.secretsmanager.secret import CURRENT, PENDING, Account, Key, Secret, Status, Version
from ziggie_harness.lab.sites import ENDPOINT_HOST, site_named
from ziggie_harness.lab.wire import Line
from ziggie_harness.model.errors import ZiggieError
from ziggie_harness.model.secret_events import SecretCopied
from ziggie_harness.ports import Actors, Clock, Journal, Paths

CONNECT_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 5.0
"""An assumption: how often the copying tries to reach a region again. AWS documents no interval."""

DAY_SECONDS: Final = 86400.0

_SUFFIX_LETTERS: Final = string.ascii_letters + string.digits


class SecretsRefused(ZiggieError):
    """The control plane answers a request with an error."""

    def __init__(self, refusal: Refusal) -> None:
        """Carry the refusal to whoever asked."""
        super().__init__(f"Secrets Manager answers {refusal.code}", refusal.message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A state of a primary secret that is due in a region at a drill time."""

    secret: Secret
    region: str
    due_seconds: float


class EmulatedSecretsManager:
    """All secrets of the drill's account, for the time of a block. Requests may come from any thread."""

    def __init__(
        self,
        clock: Clock,
        paths: Paths,
        journal: Journal,
        key_obstacle: Callable[[str, str], str | None],
        propagation_seconds: Mapping[str, float],
    ) -> None:
        """Prepare; ``propagation_seconds`` tells by a secret's name how long a change of it takes to a replica."""
        self.dates = DrillDates(clock)
        self._clock, self._paths, self._journal = clock, paths, journal
        self._key_obstacle, self._propagation_seconds = key_obstacle, propagation_seconds
        self._lock = threading.RLock()
        self._secrets: dict[Key, Secret] = {}
        self._under_way: dict[tuple[Key, str], deque[_Parcel]] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Open the control plane."""
        self._actors: Actors = self._stack.enter_context(self._clock.actors("Secrets Manager"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what is under way."""
        self._stack.__exit__(kind, error, trace)

    @property
    def account(self) -> Account:
        """What the rules look at, as it is now."""
        return Account(self._secrets, self._key_obstacle)

    def judge(self, request: Request) -> None:
        """Raise SecretsRefused with the first objection to a request."""
        objection = rules.refusal(request, self.account)
        if objection is not None:
            raise SecretsRefused(objection)

    def found(self, key: Key) -> Secret:
        """Return a secret that no rule missed."""
        return self._secrets[key]

    def everywhere(self) -> tuple[Secret, ...]:
        """Return every secret of all regions, in order."""
        with self._lock:
            return tuple(self._secrets[key] for key in sorted(self._secrets))

    def create(self, request: Create) -> Secret:
        """Make a secret; one that the same request made already is returned as it is."""
        with self._lock:
            self.judge(request)
            if request.key in self._secrets:
                return self._secrets[request.key]
            now = self._clock.now()
            suffix = "".join(secrets.choice(_SUFFIX_LETTERS) for _ in range(6))
            made = Secret(request.key, suffix, now, now, request.description, request.key_id, dict(request.tags))
            if request.given.value is not None:
                made = changes.with_value(made, self._version(request.given.value, request.token, frozenset({CURRENT})))
            return self._changed(changes.with_replicas(made, request.regions, overwrites=request.overwrites))

    def put(self, request: Put) -> tuple[Secret, Version]:
        """Give a secret another value."""
        with self._lock:
            self.judge(request)
            version = self._version(request.given.value or "", request.token, request.stages)
            changed = self._changed(changes.with_value(self._secrets[request.key], version))
            return changed, changed.version(version.identity) or version

    def update(self, request: Update) -> tuple[Secret, Version | None]:
        """Change a secret, and its value where one is given."""
        with self._lock:
            self.judge(request)
            secret = self._secrets[request.key]
            if request.description is not None:
                secret = replace(secret, description=request.description, changed_seconds=self._clock.now())
            if request.key_id is not None:
                secret = replace(secret, key_id=request.key_id)
            version = None
            if request.given.value is not None:
                version = self._version(request.given.value, request.token, frozenset({CURRENT}))
                secret = changes.with_value(secret, version)
            return self._changed(secret), version

    def move_stage(self, request: MoveStage) -> Secret:
        """Move a label between versions."""
        with self._lock:
            self.judge(request)
            return self._changed(changes.with_moved_stage(self._secrets[request.key], request, self._clock.now()))

    def rotate(self, request: Rotate, work: Callable[[Secret, str], None]) -> tuple[Secret, Version]:
        """Begin a rotation: ``work`` is done later, with the secret and the id of its pending version."""
        with self._lock:
            self.judge(request)
            version = self._version("", request.token, frozenset({PENDING}))
            secret = self._changed(changes.with_rotation(self._secrets[request.key], request, version))
        self._actors.start(f"rotating {secret.key.name}", lambda: work(secret, version.identity))
        return secret, version

    def amend(self, request: Amendment) -> Secret:
        """Change the tags or the resource policy of a secret."""
        with self._lock:
            self.judge(request)
            return self._changed(changes.amended(self._secrets[request.key], request, self._clock.now()))

    def replicate(self, request: Replicate) -> Secret:
        """Begin to copy a secret into more regions."""
        with self._lock:
            self.judge(request)
            secret = self._secrets[request.key]
            return self._changed(changes.with_replicas(secret, request.regions, overwrites=request.overwrites))

    def remove_regions(self, request: RemoveRegions) -> Secret:
        """Remove the copies of a secret in some regions."""
        with self._lock:
            self.judge(request)
            secret = self._secrets[request.key] = changes.without_replicas(self._secrets[request.key], request.regions)
            for region in request.regions:
                copy = Key(region, request.key.name)
                if copy in self._secrets and self._secrets[copy].primary_region == request.key.region:
                    del self._secrets[copy]
            return secret

    def promote(self, request: Promote) -> Secret:
        """Make a replica a secret of its own, which its primary does not know of any more.

        That the primary forgets it at once, also where the regions cannot reach each other, is an assumption: AWS says
        that the link is removed, and not when the other side learns of it.
        """
        with self._lock:
            self.judge(request)
            copy = self._secrets[request.key]
            primary = Key(copy.primary_region, request.key.name)
            if primary in self._secrets:
                self._secrets[primary] = changes.without_replicas(self._secrets[primary], (request.key.region,))
            self._secrets[request.key] = replace(copy, primary_region="")
            return self._secrets[request.key]

    def delete(self, request: Delete) -> tuple[Secret | None, float]:
        """Mark a secret for deletion, or remove it; return it, None where there is none, and when it is gone."""
        with self._lock:
            self.judge(request)
            days = 0 if request.forced else RECOVERY_DAYS if request.recovery_days is None else request.recovery_days
            gone_seconds = self._clock.now() + days * DAY_SECONDS
            if request.forced:
                return self._secrets.pop(request.key, None), gone_seconds
            secret = replace(self._secrets[request.key], deleted_seconds=gone_seconds)
            self._secrets[request.key] = secret
            return secret, gone_seconds

    def restore(self, request: Restore) -> Secret:
        """Take back the mark for deletion."""
        with self._lock:
            self.judge(request)
            self._secrets[request.key] = replace(self._secrets[request.key], deleted_seconds=None)
            return self._secrets[request.key]

    def _version(self, value: str | bytes, token: str, stages: frozenset[str]) -> Version:
        """Make a version; its id is the request's token, or a number that nobody else has."""
        identity = token or "-".join(secrets.token_hex(size) for size in (4, 2, 2, 2, 6))
        return Version(identity, value, stages, self._clock.now())

    def _changed(self, secret: Secret) -> Secret:
        """Keep a secret, and send it to its replicas. Called under the lock."""
        self._secrets[secret.key] = secret
        for replica in secret.replicas:
            self._send(secret, replica.region)
            self._secrets[secret.key] = changes.with_status(
                self._secrets[secret.key], replica.region, Status.IN_PROGRESS, ""
            )
        return self._secrets[secret.key]

    def _send(self, secret: Secret, region: str) -> None:
        """Let a state of a secret travel to a region. Called under the lock."""
        seconds = self._propagation_seconds.get(secret.key.name, PROPAGATION_SECONDS)
        parcel = _Parcel(secret, region, self._clock.now() + seconds)
        way = (secret.key, region)
        if way in self._under_way:
            self._under_way[way].append(parcel)
            return
        self._under_way[way] = deque([parcel])
        self._actors.start(f"copying {secret.key.name} to {region}", lambda: self._carry(way))

    def _carry(self, way: tuple[Key, str]) -> None:
        """Deliver what is on a way, one state after the other, until nothing is."""
        key, region = way
        while True:
            with self._lock:
                if not self._under_way[way]:
                    del self._under_way[way]
                    return
                parcel = self._under_way[way].popleft()
            self._clock.sleep_until(parcel.due_seconds)
            while not self._reaches(key.region, region):
                self._clock.sleep(RETRY_SECONDS)
            self._deliver(parcel)

    def _reaches(self, source: str, destination: str) -> bool:
        """Say whether packets get from a region to the endpoints of another, and answers back."""
        with Line(self._clock, self._paths, source, site_named(destination).host(ENDPOINT_HOST), HTTPS_PORT) as line:
            try:
                line.connect(self._clock.now() + CONNECT_SECONDS)
            except OSError:
                return False
        return True

    def _deliver(self, parcel: _Parcel) -> None:
        """Put a state of a primary into a region, or note why that fails."""
        with self._lock:
            primary = self._secrets.get(parcel.secret.key)
            replica = primary.replica(parcel.region) if primary else None
            if primary is None or replica is None or primary.primary_region:
                return
            failed = replication.failure(parcel.secret, replica, self.account)
            if failed is None:
                self._secrets[Key(parcel.region, primary.key.name)] = replication.copied(parcel.secret, replica)
            waiting = bool(self._under_way[primary.key, parcel.region])
            status = Status.FAILED if failed else Status.IN_PROGRESS if waiting else Status.IN_SYNC
            message = failed or ("" if waiting else replication.SUCCEEDED)
            self._secrets[primary.key] = changes.with_status(primary, parcel.region, status, message)
            self._journal.record(SecretCopied(primary.key.name, primary.key.region, parcel.region, status, message))
