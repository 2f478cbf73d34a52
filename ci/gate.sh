#!/usr/bin/env bash
# May this be released? Every scenario that bears on a clause is played, and the evidence is held against the policy.
# The status is that of `ziggie gate`: 0 verified, 1 not verified, 2 inconclusive, 3 could not be executed.
# usage: ci/gate.sh [FOLDER for the evidence] [further runs ...]
set -euo pipefail
cd "$(dirname "$0")/.."
evidence=${1:-.ziggie/evidence/gate-$(date -u +%Y-%m-%dT%H%M%S)}

# A scenario that fails is no end of the gate: it says what failed.
python3 dev.py features -m compliance --evidence "$evidence" || true
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  .venv/bin/ziggie export "$evidence" --format markdown >> "$GITHUB_STEP_SUMMARY" || true
fi
exec .venv/bin/ziggie gate --policy ci/release.yaml "$evidence" "${@:2}"
