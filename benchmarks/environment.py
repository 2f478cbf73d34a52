"""Where a benchmark ran: figures without their machine say nothing."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Final

from ziggie_harness.drill.sealing import checkout_of
from ziggie_harness.evidence.provenance import Machine

ROOT: Final = Path(__file__).resolve().parent.parent

CPU_INFO: Final = Path("/proc/cpuinfo")


def environment() -> str:
    """Return date, commit, processor, cores, kernel and versions, as lines for the head of a report."""
    checkout, machine = checkout_of(ROOT), Machine.here()
    commit = (checkout.commit[:12] or "no checkout") + (" with uncommitted changes" if checkout.dirty else "")
    return "\n".join((
        f"date:   {dt.datetime.now(dt.UTC).date().isoformat()}",
        f"commit: {commit}",
        f"cpu:    {processor()}, {len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f} at the start",
        f"kernel: {machine.kernel}",
        f"python: {machine.versions['python']}",
    ))  # fmt: skip


def processor() -> str:
    """Return the processor's name as the kernel tells it."""
    lines = CPU_INFO.read_text(encoding="utf-8").splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )
