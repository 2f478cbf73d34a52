"""How the page tells of databases and buckets: who takes writes, what is copied, what was found inside."""

from __future__ import annotations

from ziggie_harness.evidence.report.places import Places, Tone
from ziggie_harness.evidence.report.told import Group, Shape, Told
from ziggie_harness.model.database_events import (
    AdmissionTried,
    InstanceChanged,
    LagTold,
    LoadSurveyed,
    ReplicaChanged,
    StatementRun,
    StoresCompared,
    StrayWriteTried,
    TransfersRead,
    WriterObserved,
    WritesRolledBack,
    WritesSurviving,
)
from ziggie_harness.model.object_events import (
    ObjectReplicated,
    ObjectsCompared,
    ObjectsSurviving,
    ReplicationMeasured,
    ReplicationVerified,
)


def of_writer(event: WriterObserved, places: Places) -> Told:
    """Whether a region takes writes, past names and caches."""
    text = "takes writes" if event.accepts else f"takes no writes: {event.reason}"
    tone = places.tone(event.region) if event.accepts else Tone.PLAIN
    return Told(Group.REGIONS, f"inside {places.short(event.region)}", text, tone, Shape.STATE)


def of_instance(event: InstanceChanged, places: Places) -> Told:
    """A database instance is in a state until the next one."""
    tone = places.tone(event.region) if event.state == "available" else Tone.PLAIN
    return Told(Group.REGIONS, f"{event.instance} in {event.region}", event.state, tone, Shape.STATE)


def of_following(event: ReplicaChanged, places: Places) -> Told:
    """A database follows another one, or does not."""
    text = f"{'follows' if event.follows else 'does not follow'} {places.region(event.source)}"
    tone = places.tone(event.region) if event.follows else Tone.UNSURE
    return Told(Group.REGIONS, f"database of {places.short(event.region)}", text, tone, Shape.STATE)


def of_statement(event: StatementRun, places: Places) -> Told:
    """A statement of the owner's SQL."""
    text = f"{event.script}: {' '.join(event.statement.split())}"
    text += f": refused: {event.refusal}" if event.refusal else ""
    return Told(Group.REGIONS, f"SQL in {places.short(event.region)}", text, Tone.BAD if event.refusal else Tone.PLAIN)


def of_admission(event: AdmissionTried, places: Places) -> Told:
    """Somebody tried to enter who has no business there."""
    text = f"{event.user} from {event.source} was {'let in' if event.admitted else f'turned away: {event.reason}'}"
    tone = Tone.BAD if event.admitted else Tone.GOOD
    return Told(Group.REGIONS, f"intruders in {places.short(event.region)}", text, tone)


def of_stray_write(event: StrayWriteTried, places: Places) -> Told:
    """Somebody wrote past the service."""
    arrived = ", ".join(map(places.region, event.arrived_in)) or "nowhere else"
    text = f"taken, and arrived in: {arrived}" if event.accepted else f"refused: {event.reason}"
    return Told(Group.REGIONS, f"past the service: {places.short(event.region)}", text)


def of_lag(event: LagTold, places: Places) -> Told:
    """What monitoring told of a replica's lag; the lane of numbers draws it."""
    text = f"{event.told_by}: {event.told_seconds:g} s; really missing: {event.missing_bytes} bytes"
    tone = Tone.UNSURE if event.missing_bytes and not event.told_seconds else Tone.PLAIN
    return Told(Group.STORES, f"lag told of {places.short(event.region)}", text, tone)


def of_surviving(event: WritesSurviving, places: Places) -> Told:
    """The writes of a region were read back."""
    return Told(Group.STORES, "read back", f"{len(event.identities)} writes are in {places.region(event.region)}")


def of_rolled_back(event: WritesRolledBack, places: Places) -> Told:
    """What a database took back stands in files of its own."""
    text = f"{len(event.identities)} writes were taken back by {places.region(event.region)}"
    return Told(Group.STORES, "read back", text, Tone.LOST if event.identities else Tone.PLAIN)


def of_load(event: LoadSurveyed, places: Places) -> Told:
    """What became of the writes of a load."""
    text = f"load in {places.region(event.region)}: {event.acknowledged} acknowledged, {event.missing} missing"
    return Told(Group.STORES, "read back", text, Tone.LOST if event.missing else Tone.PLAIN)


def of_transfers(event: TransfersRead, places: Places) -> Told:
    """Whether transfers of a load are whole."""
    text = f"transfers in {places.region(event.region)}: {event.transfers}, of which {event.halved} half applied"
    return Told(Group.STORES, "read back", text, Tone.LOST if event.halved else Tone.PLAIN)


def of_comparison(event: StoresCompared, _: Places) -> Told:
    """Two databases were compared."""
    differing = event.only_left + event.only_right + event.different
    text = f"{event.store}, {event.left} and {event.right}: {differing} rows differ"
    bad = bool(differing or event.sentences)
    return Told(Group.STORES, "compared", text, Tone.BAD if bad else Tone.GOOD)


def of_object_comparison(event: ObjectsCompared, _: Places) -> Told:
    """Two buckets were compared."""
    differing = event.only_left + event.only_right + event.different
    text = f"{event.left} and {event.right}: {differing} versions differ"
    return Told(Group.STORES, "compared", text, Tone.BAD if differing else Tone.GOOD)


def of_object_copied(event: ObjectReplicated, _: Places) -> Told:
    """An object was copied to the other bucket, or could not be."""
    done = event.status == "COMPLETED"
    text = "copied" if done else f"not copied: {event.key}: {event.status} {event.reason}".rstrip()
    return Told(Group.STORES, f"{event.bucket} to {event.destination}", text, Tone.GOOD if done else Tone.BAD)


def of_object_metrics(event: ReplicationMeasured, _: Places) -> Told:
    """What the metrics of a bucket tell."""
    text = (
        f"{event.pending_operations} pending ({event.pending_bytes} bytes), {event.failed_operations} failed, "
        f"the oldest waits for {event.latency_seconds:.0f} s"
    )
    return Told(
        Group.STORES,
        f"replication metrics of {event.bucket}",
        text,
        Tone.BAD if event.failed_operations else Tone.PLAIN,
    )


def of_verification(event: ReplicationVerified, _: Places) -> Told:
    """The owner looked whether replication works."""
    text = f"by {event.way}: {'it works' if event.works else 'it does not work'}: {event.finding}"
    return Told(Group.STORES, f"replication of {event.bucket}, as verified", text)


def of_surviving_objects(event: ObjectsSurviving, places: Places) -> Told:
    """The objects of a bucket were read back."""
    text = f"{len(event.objects)} objects are in {event.bucket}, {places.region(event.region)}"
    return Told(Group.STORES, "read back", text)
