"""The gate: what speaks against a release, what does not suffice for one, and nothing else, holds it up."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from ziggie_harness.cli import main
from ziggie_harness.drill.stage import ACTIVE_PASSIVE
from ziggie_harness.evidence.artefacts import artefact_at
from ziggie_harness.evidence.gate import Decision, Outcome, decide
from ziggie_harness.evidence.policy import read_policy
from ziggie_harness.evidence.provenance import Planted
from ziggie_harness.evidence.row import Ending
from ziggie_harness.evidence.signing import KEY_VARIABLE, signing_key
from ziggie_harness.model.fidelity import Fidelity

if TYPE_CHECKING:
    from pathlib import Path

    from tests.evidence.runs.conftest import Runs

POLICY = f"""
requirements:
  REQ-DR-01: {{rto: 15 min, rpo: 5 s}}
clauses: [REL13-BP02]
designs: [{ACTIVE_PASSIVE}]
oldest_evidence: 30 d
fidelity: {{least: EMULATED}}
"""

UNFENCED = Planted("G11", "without fencing", {"fencing": None})


def decided(runs: Runs, *directories: Path, policy: str = POLICY) -> Decision:
    """Let the gate decide an hour after the drills."""
    path = runs.home / "policy.yaml"
    path.write_text(policy)
    return decide(read_policy(path), directories, runs.noon + timedelta(hours=1), runs.key.public)


def against(decision: Decision) -> list[tuple[Outcome, str]]:
    """Return what is not verified."""
    return [
        (finding.outcome, finding.sentence) for finding in decision.findings if finding.outcome is not Outcome.VERIFIED
    ]


def test_a_sound_run_is_verified(runs: Runs) -> None:
    """A pass, a sabotage that was caught, enough fidelity, young evidence on the design as it is."""
    caught = runs.told("Nobody is fenced", Ending.CAUGHT, 2000.0, planted=UNFENCED)
    decision = decided(runs, runs.run(runs.told(others=("Nobody is fenced",)), caught))
    assert against(decision) == []
    assert (decision.outcome, decision.exit_code) == (Outcome.VERIFIED, 0)
    told = [finding.sentence for finding in decision.findings]
    assert "1 scenario passed, 1 sabotage caught, RTO 160.0 s, RPO 0.0 s, fidelity EMULATED" in told
    assert "passed 1 drill as it is now" in told


@pytest.mark.parametrize(
    ("differs", "outcome", "words"),
    [
        ({"ending": Ending.FAILED}, Outcome.NOT_VERIFIED, "it failed: recovery-time: service returned"),
        ({"ending": Ending.UNKNOWN}, Outcome.INCONCLUSIVE, "it ended as unknown: recovery-time: service"),
        ({"ending": Ending.ERROR, "sentence": "broken"}, Outcome.INCONCLUSIVE, "it ended as error: broken"),
        ({"ending": Ending.SKIPPED, "sentence": "no mongod"}, Outcome.INCONCLUSIVE, "was skipped: no mongod"),
        ({"rto_seconds": 901.0}, Outcome.NOT_VERIFIED, "RTO 901.0 s, at most 15 min is promised"),
        ({"rpo_seconds": 5.5}, Outcome.NOT_VERIFIED, "RPO 5.5 s, at most 5 s is promised"),
        ({"fidelity": Fidelity.DECLARED}, Outcome.INCONCLUSIVE, "used DNS that is DECLARED, at least EMULATED is"),
        ({"changes": {"records.api.ttl": "30 s"}}, Outcome.INCONCLUSIVE, "none of this policy's as they are now"),
        ({"identifier": "REQ-DR-02"}, Outcome.INCONCLUSIVE, "no scenario shows it"),
        ({"tags": frozenset()}, Outcome.INCONCLUSIVE, "gap; it takes measured RTO and RPO within them"),
        ({"others": ("The night",)}, Outcome.INCONCLUSIVE, "'The night' was not played"),
        ({"ending": Ending.FAILED, "planted": UNFENCED}, Outcome.NOT_VERIFIED, "its sabotage was not caught"),
        ({"ending": Ending.CAUGHT, "planted": UNFENCED}, Outcome.INCONCLUSIVE, "no scenario shows it"),
    ],
)
def test_what_holds_a_release_up(runs: Runs, differs: dict[str, object], outcome: Outcome, words: str) -> None:
    """What the evidence speaks against is not verified, what it does not suffice for is inconclusive; each is told."""
    decision = decided(runs, runs.run(runs.told(**differs)))  # type: ignore[arg-type]
    assert decision.outcome is outcome
    assert [sentence for found, sentence in against(decision) if found is outcome and words in sentence]


def test_old_evidence_does_not_count(runs: Runs) -> None:
    """A drill of six weeks ago says nothing of today."""
    decision = decided(runs, runs.run(runs.told(ended=runs.noon - timedelta(days=42))))
    assert decision.outcome is Outcome.INCONCLUSIVE
    assert any("is 42.0 d old, at most 30 d is allowed" in sentence for _, sentence in against(decision))


@pytest.mark.parametrize("first", [Ending.PASSED, Ending.FAILED])
def test_the_last_run_counts(runs: Runs, first: Ending) -> None:
    """A failure that was repaired is history, and an older pass does not make up for a failure."""
    second = Ending.FAILED if first is Ending.PASSED else Ending.PASSED
    older = runs.run(runs.told(ending=first, ended=runs.noon - timedelta(days=1)), name="older")
    newer = runs.run(runs.told(ending=second), name="newer")
    expected = Outcome.VERIFIED if second is Ending.PASSED else Outcome.NOT_VERIFIED
    assert decided(runs, older, newer).outcome is expected
    assert decided(runs, newer, older).outcome is expected


def test_an_error_before_the_drill_is_not_hidden_by_an_older_pass(runs: Runs) -> None:
    """A scenario that broke before anything was provisioned left no time, so it counts as the last."""
    older = runs.run(runs.told(ended=runs.noon - timedelta(days=1)), name="older")
    newer = runs.run(runs.told(ending=Ending.ERROR, sentence="no disk"), name="newer")
    assert (Outcome.INCONCLUSIVE, "it ended as error: no disk") in against(decided(runs, newer, older))


def test_a_changed_bundle_speaks_against_a_release(runs: Runs) -> None:
    """One changed byte, also one that makes a file unreadable, and the whole run shows nothing."""
    run = runs.run(runs.told())
    verdicts = run / "drill-0" / "verdicts.json"
    verdicts.chmod(0o600)
    verdicts.write_bytes(verdicts.read_bytes()[:-3])
    decision = decided(runs, run)
    assert decision.outcome is Outcome.NOT_VERIFIED
    assert any("verdicts.json: changed after the bundle was sealed" in sentence for _, sentence in against(decision))
    assert any("no scenario shows it" in sentence for _, sentence in against(decision))


def test_a_changed_record_speaks_against_a_release(runs: Runs) -> None:
    """Nobody takes the scenarios out that were not played."""
    run = runs.run(runs.told())
    record = run / "run.json"
    record.write_bytes(record.read_bytes().replace(b'"passed"', b'"caught"'))
    decision = decided(runs, run)
    assert decision.outcome is Outcome.NOT_VERIFIED
    assert any("run.json: changed, it is not what was signed" in sentence for _, sentence in against(decision))


def test_a_run_signed_by_somebody_else_speaks_against_a_release(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sealed it anew, the gate does not take it."""
    run = runs.run(runs.told())
    monkeypatch.delenv(KEY_VARIABLE)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    runs.key = signing_key(None)
    decision = decided(runs, run)
    assert decision.outcome is Outcome.NOT_VERIFIED
    assert any("not signed with the key" in sentence for _, sentence in against(decision))


def test_an_interrupted_run_is_inconclusive(runs: Runs) -> None:
    """What a run that was killed left may be half of the story."""
    run = runs.run(runs.told(), complete=False)
    (run / "half" / "logs").mkdir(parents=True)
    assert against(decided(runs, run)) == [
        (Outcome.INCONCLUSIVE, "the drill was interrupted before its evidence was sealed"),
        (Outcome.INCONCLUSIVE, "the run was interrupted before its end"),
    ]


def test_a_promise_that_nothing_measured_is_inconclusive(runs: Runs) -> None:
    """An objective needs a number."""
    decision = decided(runs, runs.run(runs.told(rto_seconds=None)))
    sentence = "no scenario that counts measured RTO, of which 15 min is promised"
    assert against(decision) == [(Outcome.INCONCLUSIVE, sentence)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("failover.sh", "echo moved\n"), "code/failover.sh changed"),
        (("more.sh", "echo more\n"), "code/more.sh came"),
        (("moving.sh", None), "code/moving.sh went"),
        ((".hidden", "notes\n"), ""),
        (("failover.sh", "echo complete\n"), ""),
    ],
)
def test_code_that_changed_since_it_was_drilled_is_inconclusive(
    runs: Runs, change: tuple[str, str | None], told: str
) -> None:
    """A file that changed, came or went is named; one that is as it was, or hidden, changes nothing."""
    design, code = runs.home / "copy.yaml", runs.home / "code"
    design.write_text(ACTIVE_PASSIVE.read_text(encoding="utf-8"), encoding="utf-8")
    code.mkdir()
    (code / "failover.sh").write_text("echo complete\n")
    (code / "moving.sh").write_text("move() { :; }\n")
    run = runs.run(runs.told(artefacts=(artefact_at(code, design),)))
    policy = POLICY.replace(str(ACTIVE_PASSIVE), design.name)
    assert decided(runs, run, policy=policy).outcome is Outcome.VERIFIED
    name, text = change
    (code / name).unlink() if text is None else (code / name).write_text(text)
    decision = decided(runs, run, policy=policy)
    assert decision.outcome is (Outcome.INCONCLUSIVE if told else Outcome.VERIFIED)
    sentence = f"the code that 'The primary region goes dark' ran is not as it was: {told}"
    assert (sentence in [found for _, found in against(decision)]) is bool(told)


def test_evidence_that_does_not_tell_its_code_is_inconclusive(runs: Runs) -> None:
    """A bundle from before digests were kept shows nothing of what is released now."""
    decision = decided(runs, runs.run(runs.told(artefacts=None)))
    assert decision.outcome is Outcome.INCONCLUSIVE
    assert any("nothing tells what the owner's code was" in sentence for _, sentence in against(decision))


def test_comments_and_the_order_of_keys_change_no_design(runs: Runs) -> None:
    """What counts is the design in effect."""
    copy = runs.home / "copy.yaml"
    copy.write_text("# another comment\n" + ACTIVE_PASSIVE.read_text(encoding="utf-8"), encoding="utf-8")
    policy = POLICY.replace(str(ACTIVE_PASSIVE), copy.name)
    run = runs.run(runs.told())
    assert decided(runs, run, policy=policy).outcome is Outcome.VERIFIED
    copy.write_text(copy.read_text(encoding="utf-8").replace("ttl: 60 s", "ttl: 61 s"), encoding="utf-8")
    assert decided(runs, run, policy=policy).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("ending", "arguments", "status"),
    [
        (Ending.PASSED, ["--policy", "policy.yaml", "run"], 0),
        (Ending.FAILED, ["--policy", "policy.yaml", "run"], 1),
        (Ending.UNKNOWN, ["--policy", "policy.yaml", "run"], 2),
        (Ending.PASSED, ["--policy", "gone.yaml", "run"], 3),
        (Ending.PASSED, ["--policy", "policy.yaml", "nowhere"], 3),
        (Ending.PASSED, ["--policy", "policy.yaml"], 3),
        (Ending.PASSED, ["run"], 3),
        (Ending.PASSED, ["--polic", "policy.yaml", "run"], 3),
    ],
)
def test_the_status_is_what_a_build_obeys(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, ending: Ending, arguments: list[str], status: int
) -> None:
    """0 verified, 1 not verified, 2 inconclusive, 3 could not be executed: also by wrong usage."""
    monkeypatch.chdir(runs.home)
    runs.run(runs.told(ending=ending))
    (runs.home / "policy.yaml").write_text("requirements: {REQ-DR-01: {rto: 15 min}}")
    result = CliRunner().invoke(main, ["gate", *arguments])
    assert result.exit_code == status, result.output
    assert result.output


def test_the_decision_is_told_as_json(runs: Runs) -> None:
    """The outcome, the status, the policy with its digest, and every finding."""
    run = runs.run(runs.told(rto_seconds=901.0))
    path = runs.home / "policy.yaml"
    path.write_text("requirements: {REQ-DR-01: {rto: 15 min}}")
    result = CliRunner().invoke(main, ["gate", "--json", "--policy", str(path), str(run)])
    told = json.loads(result.output)
    assert (told["outcome"], told["exit_code"], result.exit_code) == ("not verified", 1, 1)
    assert len(told["policy"]["sha256"]) == 64
    assert told["findings"][-1] == {
        "outcome": "not verified",
        "subject": "REQ-DR-01 Losing the primary region",
        "sentence": "RTO 901.0 s, at most 15 min is promised",
    }
