"""How long the report of a night takes: to write it, to open it in Chromium, to open a drill, and to filter the list.

`python -m benchmarks.report RUN_DIR [--drills 500]`: the drills of a real run, repeated until they are so many. Exits
with 1 when opening takes longer than the aim.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import shutil
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from benchmarks.environment import environment
from ziggie_harness.evidence.report.page import render
from ziggie_harness.evidence.run_record import RunRecord, read_run
from ziggie_harness.evidence.sealed import SealedBundle
from ziggie_harness.kernel.clock import wall_seconds

AIM_SECONDS: Final = 2.0
TRIES: Final = 5

FLAGS: Final = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")

SPENT: Final = "performance.now()"
"""Milliseconds since the navigation began, in the page's own clock."""

CLICK: Final = """async (address) => {
  const began = performance.now();
  location.hash = address;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - began;
}"""

FILTER: Final = """async (words) => {
  const began = performance.now();
  const find = document.getElementById('find');
  find.value = words;
  find.dispatchEvent(new Event('input'));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - began;
}"""


def repeated(run: RunRecord, drills: int) -> RunRecord:
    """Return a run with so many drills: those of another one again and again, each with a name of its own."""
    pairs = itertools.islice(enumerate(itertools.cycle(run.bundles)), drills)
    return dataclasses.replace(run, bundles=tuple(_named(bundle, number) for number, bundle in pairs))


def _named(bundle: SealedBundle, number: int) -> SealedBundle:
    """Return a bundle as another drill's."""
    row = dataclasses.replace(
        bundle.played.row,
        scenario=f"{bundle.played.row.scenario} ({number})",
        evidence=f"{bundle.played.row.evidence}-{number}",
    )
    return dataclasses.replace(bundle, played=dataclasses.replace(bundle.played, row=row))


def opened(path: Path) -> Mapping[str, list[float]]:
    """Return how many seconds Chromium takes for each thing, several times."""
    took: dict[str, list[float]] = {"open the page": [], "open a drill": [], "filter the list": []}
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        for number in range(TRIES):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(path.as_uri())
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            took["open the page"].append(page.evaluate(SPENT) / 1000)
            took["filter the list"].append(page.evaluate(FILTER, "region dark") / 1000)
            took["open a drill"].append(page.evaluate(CLICK, f"#drill-{number}") / 1000)
            page.close()
        browser.close()
    return took


def main() -> int:
    """Print what each thing takes, and return 1 when opening misses its aim."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("run", type=Path, help="the folder of a run")
    parser.add_argument("--drills", type=int, default=500)
    arguments = parser.parse_args()
    print(environment())
    run = repeated(read_run(arguments.run), arguments.drills)
    began = wall_seconds()
    page = render(run)
    print(f"write:  {wall_seconds() - began:.1f} s for {len(run.bundles)} drills, {len(page) / 1e6:.1f} MB")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "report.html"
        path.write_text(page, encoding="utf-8")
        took = opened(path)
    for what, seconds in took.items():
        print(f"{what}: median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s of {len(seconds)}")
    return int(statistics.median(took["open the page"]) > AIM_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
