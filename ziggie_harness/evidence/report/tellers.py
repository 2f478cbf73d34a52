"""Which words each kind of event has on the page; a kind without words of its own is told by its fields."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ziggie_harness.evidence.report import told_of_alerts, told_of_clients, told_of_drill, told_of_stores
from ziggie_harness.evidence.report.places import Places
from ziggie_harness.evidence.report.told import Group, Told
from ziggie_harness.model import (
    alert_events,
    client_events,
    database_events,
    function_events,
    history,
    object_events,
    rehearsal_events,
    scaling_events,
    secret_events,
)
from ziggie_harness.model.history import Event

Teller = Callable[[Any, Places], Told]
"""What says how an event of one kind stands on the timeline."""

TELLERS: Final[Mapping[type, Teller]] = {
    history.PhaseEntered: told_of_drill.of_phase,
    history.FaultStruck: told_of_drill.of_strike,
    history.FaultProved: told_of_drill.of_proof,
    history.FaultDidNotBite: told_of_drill.of_blunt_fault,
    history.FaultHealed: told_of_drill.of_healing,
    history.StepTaken: told_of_drill.of_step,
    history.ScriptEnded: told_of_drill.of_script,
    history.Noted: told_of_drill.of_note,
    history.CallMade: told_of_drill.of_call,
    function_events.StopAsked: told_of_drill.of_stop,
    rehearsal_events.CopyTried: told_of_drill.of_copy,
    scaling_events.CapacityChanged: told_of_drill.of_capacity,
    scaling_events.LaunchFailed: told_of_drill.of_failed_launch,
    history.HealthChanged: told_of_clients.of_health,
    history.EndpointChecked: told_of_clients.of_checking,
    client_events.RequestEnded: told_of_clients.of_request,
    client_events.NameResolved: told_of_clients.of_answer,
    object_events.ObjectAsked: told_of_clients.of_object,
    secret_events.SecretAsked: told_of_clients.of_secret_asked,
    secret_events.SecretSeen: told_of_clients.of_secret_seen,
    secret_events.SecretCopied: told_of_clients.of_secret_copied,
    secret_events.SecretRotated: told_of_clients.of_secret_rotated,
    database_events.WriterObserved: told_of_stores.of_writer,
    database_events.InstanceChanged: told_of_stores.of_instance,
    database_events.ReplicaChanged: told_of_stores.of_following,
    database_events.StatementRun: told_of_stores.of_statement,
    database_events.AdmissionTried: told_of_stores.of_admission,
    database_events.StrayWriteTried: told_of_stores.of_stray_write,
    database_events.LagTold: told_of_stores.of_lag,
    database_events.WritesSurviving: told_of_stores.of_surviving,
    database_events.WritesRolledBack: told_of_stores.of_rolled_back,
    database_events.LoadSurveyed: told_of_stores.of_load,
    database_events.TransfersRead: told_of_stores.of_transfers,
    database_events.StoresCompared: told_of_stores.of_comparison,
    object_events.ObjectReplicated: told_of_stores.of_object_copied,
    object_events.ObjectsCompared: told_of_stores.of_object_comparison,
    object_events.ObjectsSurviving: told_of_stores.of_surviving_objects,
    object_events.ReplicationMeasured: told_of_stores.of_object_metrics,
    object_events.ReplicationVerified: told_of_stores.of_verification,
    alert_events.AlarmChanged: told_of_alerts.of_alarm,
    alert_events.EventEmitted: told_of_alerts.of_emission,
    alert_events.EventHandedOver: told_of_alerts.of_handing_over,
    alert_events.NotificationPublished: told_of_alerts.of_publication,
    alert_events.NotificationTried: told_of_alerts.of_delivery,
    alert_events.AlertReceived: told_of_alerts.of_receipt,
}


def tell(event: Event, places: Places) -> Told:
    """Return how an event stands on the timeline; no kind is left out."""
    teller = TELLERS.get(type(event))
    return teller(event, places) if teller else _by_its_fields(event)


def _by_its_fields(event: Event) -> Told:
    """Tell an event by the name of its kind and by everything that it holds."""
    kind = re.sub(r"(?<!^)(?=[A-Z])", " ", type(event).__name__).lower()
    facts = (
        f"{field.name.replace('_', ' ')} {_word(getattr(event, field.name))}" for field in dataclasses.fields(event)
    )
    return Told(Group.OTHER, kind, ", ".join(facts))


def _word(value: object) -> str:
    """Return a field's value as a reader spells it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value) or "none"
