"""How long parity takes to prove, beside the best open tools in the same run: time, processor, memory.

Each comparison is a process of its own, from its start to its end. The processor time is that of the process and of the
server; on a machine that others use too, it says more than the time that passed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import stores
from benchmarks.environment import ROOT, environment

MEMORY_AIM_BYTES = 200 * 1024 * 1024
SPEED_AIM = 5

COLUMNS = ("customer", "status", "amount", "quantity", "placed", "paid", "note", "ratio")
"""The columns beside the key: all of the table, for reladiff compares no jsonb."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one comparison cost, and whether it found what there is."""

    what: str
    case: str
    seconds: float
    cpu_seconds: float
    """Of the process and of the server."""
    peak_bytes: int
    right: bool


def main() -> int:
    """Measure and print; return 1 when an aim is missed or a comparison of ours is wrong."""
    asked = _parser().parse_args()
    print(environment(), flush=True)
    costs: list[Cost] = []
    with tempfile.TemporaryDirectory(prefix="parity-") as folder:
        for measure in (_postgres, _mongo):
            directory = Path(folder) / measure.__name__
            directory.mkdir()
            for cost in measure(directory, asked):
                costs.append(cost)
                print(_line(cost), flush=True)
    told = list(judged(costs))
    print(*told, sep="\n")
    return 0 if all(sentence.startswith("met") for sentence in told) else 1


def _postgres(directory: Path, asked: argparse.Namespace) -> Iterator[Cost]:
    """Compare tables: the same, and with ten differences."""
    with stores.postgres(directory, asked.rows) as store:
        for case, other, expected in store.cases():
            yield _ours(store, "postgres", case, other, expected)
            program = Path(asked.peers) / "reladiff"
            if program.exists():
                columns = [part for column in COLUMNS for part in ("-c", column)]
                urls = [f"{store.url}/left_side", "orders", f"{store.url}/{other}", "orders"]
                command = [str(program), *urls, "-k", "id", *columns, "--json"]
                yield _measured(store, "reladiff", case, command, lambda said: _reladiff_keys(said) == expected)  # noqa: B023
        left, right = stores.DOCUMENT_SIDES
        yield _ours(store, "postgres", "equal, with jsonb", right, frozenset(), left)


def _mongo(directory: Path, asked: argparse.Namespace) -> Iterator[Cost]:
    """Compare collections: the same, and with ten differences."""
    with stores.mongo(directory, asked.documents) as store:
        for case, other, expected in store.cases():
            yield _ours(store, "mongo", case, other, expected)
            yield _ours(store, "plain", case, other, expected)
    program = Path(asked.peers) / "mongo-diff"
    if program.exists():
        few = directory / "few"
        few.mkdir()
        with stores.mongo(few, asked.peer_documents) as store:
            case = f"10 differ of {asked.peer_documents}"
            yield _ours(store, "mongo", case, "other_side", store.keys)
            command = [str(program), "--mongo-uri-a", store.url, "--database-name-a", "left_side"]
            command += ["--collection-name-a", "orders", "--database-name-b", "other_side"]
            command += ["--identifier-field-name-a", "_id"]
            yield _measured(
                store, "mongo-diff", case, command, lambda said: len(set(_quoted_keys(said))) >= len(store.keys)
            )


def _ours(  # noqa: PLR0913, PLR0917 - what is compared, and what has to be found
    store: stores.Store, what: str, case: str, other: str, expected: frozenset[str], left: str = "left_side"
) -> Cost:
    """Measure a comparison of `parity_once`."""
    command = [sys.executable, "-m", "benchmarks.parity_once", what, store.url, left, other]
    return _measured(store, what, case, command, lambda said: frozenset(json.loads(said)) == expected)


def _measured(store: stores.Store, what: str, case: str, command: Sequence[str], right: Callable[[str], bool]) -> Cost:
    """Run a comparison as a process and take its costs."""
    before, started = store.cpu_seconds(), time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        # Wide, for reladiff breaks its lines where a terminal would end.
        child = subprocess.Popen(  # noqa: S603 - our own words
            command, stdout=said, stderr=subprocess.STDOUT, cwd=ROOT, env={**os.environ, "COLUMNS": "10000"}
        )
        used, peak_bytes = _watched(child)
        seconds = time.monotonic() - started
        said.seek(0)
        words = said.read()
    # A server's children count when they have ended, which is just after the last connection.
    time.sleep(0.5)
    server = store.cpu_seconds() - before
    try:
        found = right(words)
    except ValueError:
        print(words[-2000:])
        found = False
    return Cost(what, case, seconds, used.ru_utime + used.ru_stime + server, peak_bytes, found)


def _watched(child: subprocess.Popen[bytes]) -> tuple[resource.struct_rusage, int]:
    """Wait for a process and return what it used, and its peak memory.

    The peak is read while it lives: the one that wait4 tells counts this process before it became the other, too.
    """
    peak_bytes = 0
    while True:
        pid, status, used = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return used, peak_bytes
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{child.pid}/status").read_text(encoding="utf-8"))
        peak_bytes = int(found.group(1)) * 1024 if found else peak_bytes
        time.sleep(0.02)


def judged(costs: Sequence[Cost]) -> Iterator[str]:
    """Yield a sentence for each aim, met or missed, and for each wrong answer."""
    for ours in costs:
        if ours.what in {"postgres", "mongo"}:
            if not ours.right:
                yield f"wrong: {ours.what}, {ours.case}"
            word = "met" if ours.peak_bytes <= MEMORY_AIM_BYTES else "missed"
            yield f"{word}: {ours.what}, {ours.case}: {ours.peak_bytes >> 20} MiB of {MEMORY_AIM_BYTES >> 20}"
            peers = {"postgres": ("reladiff",), "mongo": ("mongo-diff", "plain")}[ours.what]
            for peer in costs:
                if peer.what in peers and peer.case == ours.case:
                    times, cpu = peer.seconds / ours.seconds, peer.cpu_seconds / ours.cpu_seconds
                    word = "met" if times >= SPEED_AIM else "missed"
                    faster = f"{times:.1f} x as fast as {peer.what}, {cpu:.1f} x in processor time"
                    yield f"{word}: {ours.what}, {ours.case}: {faster}"


def _line(cost: Cost) -> str:
    """Return a line of the report."""
    found = "right" if cost.right else "WRONG"
    return (
        f"{cost.what:10s} {cost.case:22s} {cost.seconds:7.1f} s {cost.cpu_seconds:7.1f} s of processor "
        f"{cost.peak_bytes >> 20:6d} MiB  {found}"
    )


def _reladiff_keys(said: str) -> frozenset[str]:
    """Return the keys in reladiff's JSON lines: each is a sign and the row, key first."""
    rows = [json.loads(line) for line in said.splitlines() if line.startswith("[")]
    return frozenset(str(row[1][0]) for row in rows)


def _quoted_keys(said: str) -> frozenset[str]:
    """Return the keys that mongo-diff names, as we do."""
    return frozenset(f'"{key}"' for key in re.findall(r"o\d{9}", said))


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of PostgreSQL")
    parser.add_argument("--documents", type=int, default=1_000_000, help="documents of MongoDB")
    parser.add_argument("--peer-documents", type=int, default=20_000, help="documents for the tool that asks for each")
    parser.add_argument("--peers", default=Path(sys.executable).parent, help="where reladiff and mongo-diff are")
    return parser


if __name__ == "__main__":
    sys.exit(main())
