"""The owner's runbooks: shell scripts that the real bash runs at a site, with the real `aws` command line, unmodified.

A script sees the site's names, the lab's certificate authority and nothing else of this machine's settings. It runs in
real time, but for `sleep`, which rests on the drill's clock; while anything else of it lives, time is not skipped.
`aws` stands by with its imports done, which take most of the processor time of a call: each call is a fork of it.
"""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

import ziggie_harness
from ziggie_harness.backends.emulated import owner_tools
from ziggie_harness.backends.emulated.data_tier import Ground
from ziggie_harness.backends.emulated.machinery import Process
from ziggie_harness.backends.emulated.operator_access import OperatorAccess
from ziggie_harness.kernel import forking, standby_call
from ziggie_harness.kernel.clock_link import ClockServer
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.function_events import StopAsked
from ziggie_harness.model.history import CallMade, ScriptEnded

ROOT: Final = str(Path(ziggie_harness.__file__).parents[1])
"""Where our package is."""

RUNBOOKS: Final = Path(__file__).parents[2] / "fixtures" / "data" / "runbooks"

KEYS: Final = {"fill", "claims"}

PATIENCE_SECONDS: Final = 900.0
"""For how long, in wall time, a script may keep the clock from skipping."""

CEILING_SECONDS: Final = 3600.0
"""When a script that does not end is given up, in drill time."""

END_SECONDS: Final = 5.0
"""For how long, in wall time, the kernel may take to tell how a script ended."""

LOOK_SECONDS: Final = 0.5
"""How often an operator who means to interrupt a script looks how far it is."""

LINES: Final = 20
"""How much of what a script says goes into the history, from its end; its log has everything."""


HEARING: Final = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])"
)
"""Starts a command that hears Ctrl-C: a run of drills in the background is deaf to it, and so would its bash be, for a
shell cannot trap what was ignored when it started (POSIX, "trap")."""


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


def read_runbook(script: Path, settings: Mapping[str, str]) -> Runbook:
    """Read a runbook: a shell script and, beside it, a YAML file of its name. Raises LabError for what is none."""
    path = script.with_suffix(".yaml")
    for needed in (script, path):
        if not needed.is_file():
            raise LabError(f"{needed} is missing", hint="a runbook is NAME.sh with NAME.yaml beside it")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or set(content) != KEYS or not isinstance(content["fill"], dict):
        raise LabError(f"{path} describes no runbook", f"it is {content!r}", "it has exactly the keys fill and claims")
    fill = {str(key): str(value) for key, value in content["fill"].items()}
    for placeholder, setting in fill.items():
        if setting not in settings:
            known = ", ".join(sorted(settings))
            raise LabError(
                f"{path}: fill: {placeholder}: there is no setting {setting!r}", hint=f"it is one of {known}"
            )
        if placeholder not in script.read_text(encoding="utf-8"):
            raise LabError(
                f"{path}: fill: {placeholder!r} does not stand in {script.name}", hint="correct its spelling"
            )
    return Runbook(script, fill, str(content["claims"]))


@dataclass(frozen=True, slots=True)
class _Running:
    """A script that runs."""

    process: Process
    token: str
    """Its name at the drill's clock."""
    site: str
    ended: socket.socket
    """Can be read when everything of it has ended."""
    started_seconds: float


class OwnerScripts:
    """Runs the owner's scripts for the time of a world."""

    def __init__(
        self,
        ground: Ground,
        link: ClockServer,
        settings: Callable[[], Mapping[str, str]],
        access: OperatorAccess,
        *,
        logs: Path,
    ) -> None:
        """Prepare; ``settings`` are what a script may be told, ``logs`` is where their output goes."""
        self._ground, self._link, self._settings, self._logs = ground, link, settings, logs
        self._access = access
        self._place = ground.directory.parent / "scripts"
        self._numbers = itertools.count(1)

    def run(self, name: str, site: str, region: str, *, interrupted_after: str = "") -> ScriptEnded:
        """Run a script at a site to move the service to a region. Raises LabError when it cannot be started.

        With the name of an AWS operation it is interrupted, as by Ctrl-C, as soon as it has called that.
        """
        settings = self._settings()
        runbook = read_runbook(RUNBOOKS / f"{name}.sh", settings)
        number = next(self._numbers)
        token = f"script {number}"
        log = self._logs / f"script-{number}-{name.replace('/', '-')}.log"
        started = self._ground.clock.now()
        script = self._prepared(runbook, settings, number)
        tools = self._place / f"tools-{number}"
        environment = self._environment(settings, token, script.parent, tools)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with ours, self._in_place(tools, environment):
            with theirs:
                process = self._ground.supervisor.spawn(
                    token,
                    (sys.executable, "-I", "-S", "-c", HEARING, "bash", str(script)),
                    environment=environment,
                    log=log,
                    namespace=self._ground.network.descriptor(site),
                    resolv_conf=self._ground.resolv_conf(site),
                    directory=script.parent,
                    pass_fds=(theirs.fileno(),),
                )
            running = _Running(process, token, site, ours, started)
            interrupted = bool(interrupted_after) and self._interrupt(running, interrupted_after)
            status = self._await_end(running)
        said = "\n".join(process.tail(LINES))
        claims = runbook.claims.lower() in said.lower()
        return ScriptEnded(name, site, region, started, status, interrupted=interrupted, claims=claims, said=said)

    def _interrupt(self, running: _Running, operation: str) -> bool:
        """Interrupt a script as soon as it has called an operation; return whether it ever did."""
        clock = self._ground.clock
        while not self._rest(running, clock.now() + LOOK_SECONDS):
            made = self._ground.journal.history().of_kind(CallMade)
            if any(
                at >= running.started_seconds and call.caller == running.site and call.operation == operation
                for at, call in made
            ):
                self._ground.journal.record(StopAsked("the operator", 0.0))
                running.process.interrupt()
                return True
        return False

    def _await_end(self, running: _Running) -> int:
        """Wait until a script and all that it started have ended, or are given up; return its status."""
        until = running.started_seconds + CEILING_SECONDS
        while self._ground.clock.now() < until:
            if self._rest(running, until):
                return running.process.wait(END_SECONDS)
        running.process.kill()
        return running.process.wait(END_SECONDS)

    def _rest(self, running: _Running, until_seconds: float) -> bool:
        """Rest until a script has ended or a time comes, in real time but for its sleep; return whether it has.

        The other end of its socket is open in everything that it started. A cut or its healing ends the rest early.
        """

        def at_work() -> str | None:
            """Say that it works, unless everything of it sleeps."""
            resting = self._link.resting(running.token)  # asked first, and often: to look at processes is dear
            return None if resting and resting == running.process.leaves() else "the owner's script works"

        with self._ground.clock.hold(at_work, PATIENCE_SECONDS):
            return self._ground.clock.await_socket(running.ended, writable=False, until_seconds=until_seconds)

    def _prepared(self, runbook: Runbook, settings: Mapping[str, str], number: int) -> Path:
        """Put a script in a place of its own, with the files of its folder that it may read; return where it is."""
        place = self._place / f"script-{number}"
        copy_folder(runbook.script.parent, place)
        script = place / runbook.script.name
        script.write_text(runbook.filled(settings), encoding="utf-8")
        return script

    @contextmanager
    def _in_place(self, tools: Path, environment: Mapping[str, str]) -> Iterator[None]:
        """Put tools before all others for the block: a `sleep` of the lab, and what calls the `aws` that stands by."""
        tools.mkdir()
        _write_tool(tools / "sleep", (*_of_ours("service.idle_sleep", "sys.exit(main())"), ROOT))
        aws = self._stand_by(tools, environment)
        try:
            yield
        finally:
            if aws is not None:
                aws.kill()

    def _stand_by(self, tools: Path, environment: Mapping[str, str]) -> Process | None:
        """Have the `aws` of this Python do its imports, and let a tool call it; None where it is started each time."""
        program = owner_tools.importable_aws()
        if program is None:
            return None
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            place = tools / "aws.socket"
            try:
                listener.bind(str(place))
            except OSError:  # the path is too long for a socket
                return None
            listener.listen(socket.SOMAXCONN)
            number = listener.fileno()
            process = self._ground.supervisor.spawn(
                "the aws that stands by",
                (*_of_ours("kernel.standby", "main(sys.argv[1:])"), ROOT, str(number), *program),
                environment={**environment, forking.ROOM_VARIABLE: " " * forking.ROOM_BYTES},
                log=self._logs / f"{tools.name}-aws.log",
                pass_fds=(number,),
            )
        _write_tool(tools / "aws", (sys.executable, "-I", "-S", standby_call.__file__, str(place), program[0]))
        return process

    def _environment(self, settings: Mapping[str, str], token: str, place: Path, tools: Path) -> Mapping[str, str]:
        """Return what a script is told."""
        authority = str(self._ground.certificates.certificate_path)
        return {
            **settings,
            **self._link.environment(token),
            "PATH": os.pathsep.join((str(tools), owner_tools.search_path())),
            "HOME": str(place),
            "LANG": standby_call.LOCALE,
            **self._access.environment(place),
            "AWS_CA_BUNDLE": authority,
            "CURL_CA_BUNDLE": authority,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def _of_ours(module: str, call: str) -> tuple[str, ...]:
    """Return the command that calls the ``main`` of a module of ours; its first argument is where our package is."""
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from ziggie_harness."
    return sys.executable, "-I", "-c", f"{code}{module} import main; {call}"


def _write_tool(tool: Path, command: Sequence[str]) -> None:
    """Write a tool that is a command with the words of its caller."""
    tool.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
    tool.chmod(0o755)


def copy_folder(folder: Path, place: Path) -> None:
    """Copy a folder to a place that may lie below it; what leads to the place is left out, or the copy had no end."""

    def leading(directory: str, names: list[str]) -> list[str]:
        return [name for name in names if place.resolve().is_relative_to(Path(directory).resolve() / name)]

    shutil.copytree(folder, place, ignore=leading)
