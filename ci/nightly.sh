#!/usr/bin/env bash
# Every scenario, the long ones too, and the portable ones on containers; exports and the history beside the evidence. The status is that of the drills.
# usage: ci/nightly.sh [FOLDER for the evidence]
set -euo pipefail
cd "$(dirname "$0")/.."
evidence=${1:-.ziggie/evidence/nightly-$(date -u +%Y-%m-%d)}

status=0
python3 dev.py features --evidence "$evidence" || status=$?
# The portable scenarios on containers, whose verdicts have to be the same; their networks can be entered by root alone.
if [ "$(id -u)" = 0 ]; then
  python3 containers/build.py || status=1
  python3 dev.py features --backend containers -m portable -n 6 --evidence "$evidence-containers" || status=1
  .venv/bin/ziggie compare "$evidence" "$evidence-containers" || status=1
else
  echo "ci/nightly.sh: not root, so nothing is played on containers"
fi
for format in junit sarif oscal markdown prometheus; do
  .venv/bin/ziggie export "$evidence" --format "$format" --output "$evidence/exports/drills.$format" || status=1
done
.venv/bin/ziggie history import "$evidence"
.venv/bin/ziggie history trend || echo "ci/nightly.sh: the trend has something to look at, above"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  cat "$evidence/exports/drills.markdown" >> "$GITHUB_STEP_SUMMARY"
fi
exit "$status"
