"""The owner's runbooks: shell scripts that the real bash runs at a site, with the real `aws` command line, unmodified.

A script sees the site's names, the lab's certificate authority and nothing else of this machine's settings. It runs in
real time, but for `sleep`, which rests on the drill's clock; while anything else of it lives, time is not skipped.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

import ziggie_harness
from ziggie_harness.backends.embedded.api_client import ACCESS_KEY, SECRET_KEY
from ziggie_harness.backends.embedded.data_tier import Ground
from ziggie_harness.kernel.clock_link import ClockServer
from ziggie_harness.kernel.processes import Process
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.history import ScriptEnded

RUNBOOKS: Final = Path(__file__).parents[2] / "fixtures" / "data" / "runbooks"

KEYS: Final = {"fill", "claims"}

TOOLS: Final = ("bash", "aws", "curl")
"""What a runbook may count on."""

PATIENCE_SECONDS: Final = 900.0
"""For how long, in wall time, a script may keep the clock from skipping."""

CEILING_SECONDS: Final = 3600.0
"""When a script that does not end is given up, in drill time."""

END_SECONDS: Final = 5.0
"""For how long, in wall time, the kernel may take to tell how a script ended."""

LINES: Final = 20
"""How much of what a script says goes into the history, from its end; its log has everything."""


@dataclass(frozen=True, slots=True)
class Runbook:
    """A script of the owner's, what its author left open, and the word by which it claims success."""

    script: Path
    fill: Mapping[str, str]
    """Texts of the script, each with the name of the setting that stands for it."""
    claims: str

    def filled(self, settings: Mapping[str, str]) -> str:
        """Return the script with the settings in their places."""
        text = self.script.read_text(encoding="utf-8")
        for placeholder, setting in self.fill.items():
            text = text.replace(placeholder, settings[setting])
        return text


def read_runbook(directory: Path, settings: Mapping[str, str]) -> Runbook:
    """Read a runbook from its folder: failover.sh and runbook.yaml. Raises LabError for one that is none."""
    path, script = directory / "runbook.yaml", directory / "failover.sh"
    for needed in (path, script):
        if not needed.is_file():
            raise LabError(f"{needed} is missing", hint="a runbook is a folder with failover.sh and runbook.yaml")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or set(content) != KEYS or not isinstance(content["fill"], dict):
        raise LabError(f"{path} describes no runbook", f"it is {content!r}", "it has exactly the keys fill and claims")
    for placeholder, setting in content["fill"].items():
        if setting not in settings:
            known = ", ".join(sorted(settings))
            raise LabError(
                f"{path}: fill: {placeholder}: there is no setting {setting!r}", hint=f"it is one of {known}"
            )
        if str(placeholder) not in script.read_text(encoding="utf-8"):
            raise LabError(
                f"{path}: fill: {placeholder!r} does not stand in {script.name}", hint="correct its spelling"
            )
    return Runbook(script, {str(key): str(value) for key, value in content["fill"].items()}, str(content["claims"]))


class OwnerScripts:
    """Runs the owner's scripts for the time of a world."""

    def __init__(
        self, ground: Ground, link: ClockServer, settings: Callable[[], Mapping[str, str]], *, logs: Path
    ) -> None:
        """Prepare; ``settings`` are what a script may be told, ``logs`` is where their output goes."""
        self._ground, self._link, self._settings, self._logs = ground, link, settings, logs
        self._place = ground.directory.parent / "scripts"
        self._runs = 0

    def run(self, name: str, site: str) -> ScriptEnded:
        """Run the runbook of a folder at a site and tell how it ended. Raises LabError when it cannot be started."""
        settings = self._settings()
        runbook = read_runbook(RUNBOOKS / name, settings)
        self._runs += 1
        token = f"script {self._runs}"
        copy = self._prepared(runbook.filled(settings))
        log = self._logs / f"script-{self._runs}-{name}.log"
        started = self._ground.clock.now()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with ours:
            with theirs:
                process = self._ground.supervisor.spawn(
                    token,
                    ("bash", str(copy)),
                    environment=self._environment(settings, token),
                    log=log,
                    namespace=self._ground.network.descriptor(site),
                    resolv_conf=self._ground.resolv_conf(site),
                    directory=self._place,
                    pass_fds=(theirs.fileno(),),
                )
            status = self._await_end(process, token, ours)
        said = "\n".join(process.tail(LINES))
        claims = runbook.claims.lower() in said.lower()
        return ScriptEnded(f"{name}/{runbook.script.name}", site, started, status, claims=claims, said=said)

    def _await_end(self, process: Process, token: str, ours: socket.socket) -> int:
        """Wait until a script and all that it started have ended, in real time but for its sleep; return its status."""
        clock = self._ground.clock

        def at_work() -> str | None:
            """Say that it works, unless everything of it sleeps."""
            return None if process.alive() and process.leaves() == self._link.resting(token) else "the script works"

        until = clock.now() + CEILING_SECONDS
        with clock.hold(at_work, PATIENCE_SECONDS):
            # The other end is open in everything that the script started. A cut or its healing ends the rest early.
            while not clock.await_socket(ours, writable=False, until_seconds=until) and clock.now() < until:
                pass
        if process.alive() and clock.now() >= until:
            process.kill()
        return process.wait(END_SECONDS)

    def _prepared(self, text: str) -> Path:
        """Put a script in its place, and a `sleep` that rests on the drill's clock; return where the script is."""
        tools = self._place / "bin"
        tools.mkdir(parents=True, exist_ok=True)
        code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from ziggie_harness.service.idle_sleep import main; "
        root = Path(ziggie_harness.__file__).parents[1]
        sleep = tools / "sleep"
        sleep.write_text(f"#!/bin/sh\nexec '{sys.executable}' -I -c '{code}sys.exit(main())' '{root}' \"$@\"\n")
        sleep.chmod(0o755)
        script = self._place / f"failover-{self._runs}.sh"
        script.write_text(text, encoding="utf-8")
        return script

    def _environment(self, settings: Mapping[str, str], token: str) -> Mapping[str, str]:
        """Return what a script is told. Raises LabError for a tool that this machine lacks."""
        beside_python = str(Path(sys.executable).parent)
        path = os.pathsep.join((str(self._place / "bin"), beside_python, os.environ.get("PATH", os.defpath)))
        for tool in TOOLS:
            if shutil.which(tool, path=path) is None:
                raise LabError(f"the owner's script needs `{tool}`", "it is not installed", f"install {tool}")
        authority = str(self._ground.certificates.certificate_path)
        return {
            **settings,
            **self._link.environment(token),
            "PATH": path,
            "HOME": str(self._place),
            "LANG": "C.UTF-8",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": settings["PRIMARY_REGION"],
            "AWS_CA_BUNDLE": authority,
            "CURL_CA_BUNDLE": authority,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
