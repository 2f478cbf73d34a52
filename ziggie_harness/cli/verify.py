"""`ziggie verify`: whether evidence is as it was sealed, and by whom."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from ziggie_harness.evidence import bundle
from ziggie_harness.evidence.run_record import is_run, verify_run
from ziggie_harness.evidence.signing import PublicKey, public_key
from ziggie_harness.model.errors import EvidenceError, ZiggieError

NOT_AS_SEALED = 1
NOT_READ = 3


@click.command(
    epilog="Examples: ziggie verify .ziggie/evidence/2026-03-01-4711; "
    "ziggie verify --key signing-key.pub.pem --json evidence/*/"
)
@click.option("--key", type=click.Path(path_type=Path), help="the public key of who drilled (default: your own)")
@click.option("--json", "as_json", is_flag=True, help="print what was found as JSON")
@click.argument("directories", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR...")
def verify(key: Path | None, directories: tuple[Path, ...], *, as_json: bool) -> None:
    """Find every change to the evidence of runs, or of single drills, since it was sealed.

    Names each changed, missing and additional file, and a signature that is not of the given key. Ends with 0 when all
    is as sealed, 1 when anything is not, and 3 when something could not be read.
    """
    try:
        trusted = public_key(key)
        found = {directory: problems(directory, trusted) for directory in directories}
    except (ZiggieError, OSError) as error:
        click.echo(f"ziggie verify: {error}", err=True)
        sys.exit(NOT_READ)
    if as_json:
        click.echo(json.dumps(document(found, trusted), indent=2))
    else:
        for directory, sentences in found.items():
            for sentence in sentences:
                click.echo(f"{directory}: {sentence}")
            if not sentences:
                click.echo(f"{directory}: as sealed with the key {trusted.identity}")
    sys.exit(NOT_AS_SEALED if any(found.values()) else 0)


def problems(directory: Path, key: PublicKey) -> Sequence[str]:
    """Return what is wrong with the evidence in a folder; raise EvidenceError when there is none."""
    if bundle.is_bundle(directory):
        return bundle.verify(directory, key)
    if is_run(directory):
        return tuple(verify_run(directory, key))
    raise EvidenceError(
        f"{directory} holds no evidence",
        "there is neither a run.json nor a manifest.json in it, and no folder with one",
        "name the folder of a run, or of one of its drills, below .ziggie/evidence or what --evidence said",
    )


def document(found: dict[Path, Sequence[str]], key: PublicKey) -> dict[str, object]:
    """Return what was found as plain values."""
    return {
        "as_sealed": not any(found.values()),
        "key": key.identity,
        "evidence": [
            {"directory": str(directory), "as_sealed": not sentences, "problems": list(sentences)}
            for directory, sentences in found.items()
        ],
    }
