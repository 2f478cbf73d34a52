#!/usr/bin/env python3
"""Build the images that compose and the backend `containers` use from packages alone, where no registry is reached.

`python3 containers/build.py` makes sure that a Docker engine answers (as root on Debian it installs and starts one),
builds what is missing or no longer what its recipe says, and gets the compose plugin where there is none. A second run
builds nothing. Needs Python 3.11 and nothing else.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import fcntl
import hashlib
import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parents[1]
RECIPES: Final = "containers"
BASE: Final = "debian"
"""The folder of the image that all others stand on; debootstrap makes it."""

PACKAGES: Final = {"docker": "docker.io", "dockerd": "docker.io", "iptables": "iptables", "debootstrap": "debootstrap"}
"""The commands that are needed, and the packages that have them."""

UNNAMED: Final = "ziggie/unfinished:"
"""The name of an image that is not labelled yet, less its folder."""

OF_THIS_MACHINE: Final = ("etc/hostname", "etc/resolv.conf")
EMPTIED: Final = ("var/cache/apt/archives", "var/lib/apt/lists", "var/log", "usr/share/doc", "usr/share/man")
"""What debootstrap leaves and an image has no use for."""

PROXIES: Final = ("http_proxy", "https_proxy", "no_proxy")

PLUGIN_PLACES: Final = (Path("/usr/local/lib/docker/cli-plugins"), Path.home() / ".docker" / "cli-plugins")

ENGINE_TRIES: Final = ((), ("--storage-driver=vfs",), ("--storage-driver=vfs", "--iptables=false", "--ip6tables=false"))
"""Further arguments of dockerd: each next one asks less of the kernel."""

ENGINE_SECONDS: Final = 60.0
"""How long an engine may take until it answers."""

ANSWER_SECONDS: Final = 10.0
"""How long a running engine may take to answer."""

SYSTEMD: Final = Path("/run/systemd/system")
SERVICE_SECONDS: Final = 10.0

PIP_SETTINGS: Final = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "default-timeout")
AUTHORITIES: Final = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""The variables that may name the host's certificate authorities."""
ALL_AUTHORITIES: Final = "/etc/ssl/certs/ca-certificates.crt"

STAND_IN, DIGEST, VERSION = "ziggie.stand-in", "ziggie.digest", "ziggie.version"
"""The labels: built here in the place of a published image; what it is made of; what is really inside."""


@dataclass(frozen=True, slots=True)
class Image:
    """One image, and what it is made of."""

    name: str
    folder: str
    version: str
    """A command of the shell that tells, inside, what is really inside."""
    further: tuple[str, ...] = ()
    """Files of the project, beside those of its folder."""
    suite: str = ""
    """For debootstrap."""


def images(root: Path = ROOT) -> tuple[Image, ...]:
    """Read which images there are, in the order of building."""
    described = tomllib.loads((root / RECIPES / "images.toml").read_text(encoding="utf-8"))["image"]
    return tuple(
        Image(one["name"], one["folder"], one["version"], tuple(one.get("with", ())), one.get("suite", ""))
        for one in described
    )


def sources(image: Image, root: Path = ROOT) -> tuple[Path, ...]:
    """Tell which files an image is made of."""
    own = sorted(path for path in (root / RECIPES / image.folder).rglob("*") if path.is_file())
    shared = () if image.folder == BASE else (root / RECIPES / "with-host-settings",)
    return (*own, *shared, *(root / name for name in image.further))


def digest_of(image: Image, base_digest: str = "", root: Path = ROOT) -> str:
    """Tell what an image is made of, in one word: its files, their rights, its description, what it stands on."""
    total = hashlib.sha256(repr((image, base_digest)).encode())
    for path in sources(image, root):
        executable = bool(path.stat().st_mode & 0o100)
        total.update(repr((path.relative_to(root).as_posix(), executable)).encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def context_of(image: Image, host: Mapping[str, bytes], root: Path = ROOT) -> bytes:
    """Pack what the build of an image sees: its files, and the host's settings at the top."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sources(image, root):
            archive.add(path, path.relative_to(root).as_posix(), filter=_nobodys)
        for name, content in host.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out whose a file is here and when it was written."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    entry.mode = 0o755 if entry.mode & 0o100 else 0o644
    return entry


def host_settings() -> dict[str, bytes]:
    """Collect where this machine's pip finds packages, for stages of a build that no image keeps."""
    pip = [sys.executable, "-m", "pip", "config", "list"]
    chosen = pip_settings(subprocess.run(pip, capture_output=True, text=True, check=False).stdout)
    named = [os.environ[name] for name in AUTHORITIES if name in os.environ]
    settings = {}
    if authorities := next((Path(one) for one in (*named, ALL_AUTHORITIES) if Path(one).is_file()), None):
        chosen["cert"] = "/run/build/host-ca.crt"
        settings["host-ca.crt"] = authorities.read_bytes()
    lines = ["[global]", *(f"{key} = {value}" for key, value in chosen.items())]
    settings["host-pip.conf"] = ("\n".join(lines) + "\n").encode()
    return settings


def pip_settings(listed: str) -> dict[str, str]:
    """Pick from what `pip config list` says what a container can use, too: no place on this machine's disk."""
    chosen: dict[str, str] = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        key = name.rpartition(".")[2]
        words = [word for word in ast.literal_eval(value).split() if not word.startswith(("file:", "/"))]
        if key in PIP_SETTINGS and words:
            # The environment is listed first and wins.
            chosen.setdefault(key, " ".join(words))
    return chosen


class Workshop:
    """Does the work, tells each step with its time, and keeps the logs."""

    def __init__(self, state: Path) -> None:
        """Keep logs and the engine's number below a directory."""
        self.state = state

    def say(self, sentence: str) -> None:
        """Tell the person who waits."""
        print(f"containers: {sentence}", flush=True)

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Tell what is done, and how long it took."""
        started = time.monotonic()
        self.say(f"{what} ...")
        yield
        self.say(f"{what}: {time.monotonic() - started:.1f} s")

    def run(self, log: str, command: Sequence[str], given: bytes = b"", **variables: str) -> None:
        """Run a command with its output in a log; if it fails, show the end of that and stop."""
        path = self.log(log)
        with path.open("ab") as file:
            file.write(f"$ {shlex.join(command)}\n".encode())
            file.flush()
            done = subprocess.run(
                command,
                input=given,
                stdout=file,
                stderr=subprocess.STDOUT,
                check=False,
                env={**os.environ, **variables},
            )
        if done.returncode:
            fail(f"`{shlex.join(command)}` ended with status {done.returncode}; {end_of(path)}")

    def log(self, name: str) -> Path:
        """Tell where something is logged."""
        return self.state / f"{name}.log"

    # The engine

    def ensure_engine(self) -> None:
        """Make sure that an engine answers."""
        if shutil.which("docker") and engine_answers():
            return
        self.install("docker", "dockerd", "iptables")
        # Where there is systemd, the package's own service starts by itself, a moment later.
        deadline = time.monotonic() + (SERVICE_SECONDS if SYSTEMD.is_dir() else 0)
        while not engine_answers():
            if time.monotonic() >= deadline:
                self.start_engine()
                return
            time.sleep(0.2)

    def install(self, *commands: str) -> None:
        """Install the commands that are missing, where that is possible."""
        missing = [name for name in commands if not shutil.which(name, path=_wide_path())]
        if not missing:
            return
        packages = sorted({PACKAGES[name] for name in missing})
        if os.geteuid() or not shutil.which("apt-get"):
            fail(
                f"there is no {', '.join(missing)} on PATH. Install it (Debian: apt-get install {' '.join(packages)}; "
                "elsewhere any Docker engine serves), or run this as root on Debian"
            )
        quiet = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
        with self.step(f"apt-get install {' '.join(packages)}"):
            self.run("apt", [*quiet, "update"])
            install = [*quiet, "install", "-y", "--no-install-recommends"]
            self.run("apt", [*install, *packages], DEBIAN_FRONTEND="noninteractive")
            if "docker" in missing and not shutil.which("docker"):
                # Newer releases have the command line in a package of its own.
                self.run("apt", [*install, "docker-cli"], DEBIAN_FRONTEND="noninteractive")

    def start_engine(self) -> None:
        """Start an engine and leave it running; each try asks less of the kernel than the one before."""
        if os.geteuid():
            fail("no Docker engine answers: start one (as root: dockerd), or run this as root")
        log = self.log("dockerd")
        for further in ENGINE_TRIES:
            with self.step(f"start {shlex.join(['dockerd', *further])}"), log.open("ab") as output:
                process = subprocess.Popen(
                    ["dockerd", *further],
                    stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                    start_new_session=True, cwd="/", env={**os.environ, "PATH": _wide_path()},
                )  # fmt: skip
                self._record.write_text(json.dumps([process.pid, _birth(process.pid)]), encoding="utf-8")
                deadline = time.monotonic() + ENGINE_SECONDS
                while process.poll() is None and time.monotonic() < deadline:
                    if engine_answers():
                        return
                    time.sleep(0.2)
            self.stop_engine()
        fail(f"the Docker engine does not start; {end_of(log)}")

    def stop_engine(self) -> bool:
        """End the engine if this script started it; tell whether there was one to end."""
        try:
            process, birth = json.loads(self._record.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return False
        self._record.unlink()
        if _birth(process) != birth:
            return False
        os.kill(process, signal.SIGTERM)
        deadline = time.monotonic() + ENGINE_SECONDS
        while _birth(process) == birth and time.monotonic() < deadline:
            time.sleep(0.1)
        return True

    @property
    def _record(self) -> Path:
        """The file that tells which engine was started here."""
        return self.state / "dockerd.started"

    # The images

    def build(self, chosen: Sequence[Image]) -> None:
        """Build what is not there yet as its recipe says, and tell of the rest that it is."""
        base_digest, host = "", None
        for image in chosen:
            digest = digest_of(image, base_digest)
            labels = labels_of(image.name)
            if image.folder == BASE:
                base_digest = digest
            if labels is not None and DIGEST not in labels:
                self.say(f"{image.name}: an image of that name is there, and not one of ours; it is kept")
            elif labels is not None and labels[DIGEST] == digest:
                self.say(f"{image.name}: built before ({labels[VERSION]})")
            else:
                host = host_settings() if host is None else host
                with self.step(f"build {image.name}"):
                    if image.folder == BASE:
                        self._bootstrap(image)
                    else:
                        self._build(image, host)
                    self._label(image, digest)

    def _bootstrap(self, image: Image) -> None:
        """Make a Debian of its packages, not yet under its name."""
        if os.geteuid():
            fail(f"only root can make {image.name} of packages: run this as root")
        self.install("debootstrap")
        with tempfile.TemporaryDirectory(prefix="debian-", dir=self.state) as place:
            tree, packed = Path(place) / "tree", Path(place) / "tree.tar"
            bootstrap = ["debootstrap", "--variant=minbase", image.suite, str(tree), *debian_mirror()]
            self.run("debian", bootstrap, PATH=_wide_path())
            shutil.copytree(ROOT / RECIPES / image.folder / "tree", tree, dirs_exist_ok=True)
            for name in OF_THIS_MACHINE:
                (tree / name).unlink(missing_ok=True)
            for name in EMPTIED:
                shutil.rmtree(tree / name, ignore_errors=True)
                (tree / name).mkdir()
            self.run("debian", ["tar", "--numeric-owner", "-C", str(tree), "-cf", str(packed), "."])
            settings = ['--change=CMD ["bash"]', f"--change=LABEL {STAND_IN}=true"]
            self.run("debian", ["docker", "import", *settings, str(packed), UNNAMED + image.folder])

    def _build(self, image: Image, host: Mapping[str, bytes]) -> None:
        """Build an image by its Dockerfile, not yet under its name."""
        proxies = [f"--build-arg={name}" for name in PROXIES if name in os.environ]
        recipe = [f"--file={RECIPES}/{image.folder}/Dockerfile", f"--tag={UNNAMED}{image.folder}"]
        command = ["docker", "build", "--network=host", *recipe, *proxies, "-"]
        self.run(image.folder, command, context_of(image, host))

    def _label(self, image: Image, digest: str) -> None:
        """Give an image its name, with the labels that tell what is really inside."""
        unnamed = UNNAMED + image.folder
        ask = ["docker", "run", "--rm", "--network=none", "--entrypoint=/bin/sh", unnamed, "-c", image.version]
        version = said(ask)
        labels = [f"--label={DIGEST}={digest}", f"--label={VERSION}={version}"]
        build = ["docker", "build", f"--tag={image.name}", *labels, "-"]
        self.run(image.folder, build, f"FROM {unnamed}\n".encode())
        self.run(image.folder, ["docker", "image", "rm", unnamed])
        self.say(f"{image.name} has {version}")

    # Compose

    def ensure_compose(self, base: Image) -> None:
        """Get the compose plugin from the package of the base's Debian where there is none."""
        if not subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
            return
        place = PLUGIN_PLACES[0 if os.geteuid() == 0 else 1]
        place.mkdir(parents=True, exist_ok=True)
        # Inside, apt verifies the package by the signatures of that Debian's archive; here another release may run.
        unpack = (
            "cd /tmp && apt-get -qq update && apt-get -qq download docker-compose"
            " && dpkg-deb -x docker-compose_*.deb out"
            " && tar -C out/usr/libexec/docker/cli-plugins -cf /plugin/plugin.tar docker-compose"
        )
        with self.step("get the compose plugin"), tempfile.TemporaryDirectory(dir=self.state) as shared:
            inside = ["docker", "run", "--rm", "--network=host", f"--volume={shared}:/plugin", base.name]
            self.run("compose", [*inside, "sh", "-c", unpack])
            with tarfile.open(Path(shared) / "plugin.tar") as archive:
                archive.extract("docker-compose", place, filter="tar")


def engine_answers() -> bool:
    """Tell whether a Docker engine answers."""
    ask = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        return subprocess.run(ask, capture_output=True, check=False, timeout=ANSWER_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def labels_of(name: str) -> dict[str, str] | None:
    """Return the labels of the image of that name, None where there is none."""
    ask = ["docker", "image", "inspect", "--format", "{{json .Config.Labels}}", name]
    done = subprocess.run(ask, capture_output=True, check=False)
    return None if done.returncode else json.loads(done.stdout) or {}


def said(command: Sequence[str]) -> str:
    """Return what a short command says; if it fails, tell why and stop."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        fail(f"`{shlex.join(command)}` ended with status {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip()


def end_of(log: Path) -> str:
    """Return the end of a log, for whoever has to find out what went wrong."""
    return f"the end of {log}:\n{log.read_bytes()[-3000:].decode(errors='replace')}"


def debian_mirror() -> list[str]:
    """Return where this machine gets Debian's packages from, for debootstrap; nothing where that is unknown."""
    if not shutil.which("apt-get"):
        return []
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(REPO_URI)|$(CODENAME)", "Created-By: Packages"],
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    rows = [line.split("|") for line in listed.splitlines()]
    return [uri.rstrip("/") for origin, uri, codename in rows if origin == "Debian" and "-" not in codename][:1]


def _wide_path() -> str:
    """Return PATH with the places of the administrator's commands, which not everybody has on it."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def _birth(process: int) -> int | None:
    """Tell when a process began, in the kernel's ticks; None when it is gone. A number alone may be a stranger's."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[19])


def state_directory() -> Path:
    """Make and return where logs and the engine's number are kept."""
    place = Path("/var/lib/ziggie-containers") if os.geteuid() == 0 else Path.home() / ".local/state/ziggie-containers"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


@contextlib.contextmanager
def locked(workshop: Workshop) -> Iterator[None]:
    """Let one build at a time happen on this machine; the others wait for it."""
    with (workshop.state / "lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            workshop.say("waiting for another build on this machine")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def chosen_of(every: Sequence[Image], only: Sequence[str]) -> list[Image]:
    """Return the images that were asked for by name or folder, and the one that they stand on."""
    unknown = [name for name in only if not any(name in {image.name, image.folder} for image in every)]
    if unknown:
        fail(f"there is no image {', '.join(unknown)}; there are {', '.join(image.name for image in every)}")
    wanted = [image for image in every if not only or {image.name, image.folder} & set(only)]
    return [image for image in every if image in wanted or (image.folder == BASE and wanted)]


def listed(every: Sequence[Image]) -> Iterator[str]:
    """Yield a line for each image: its name, and whether it is there as its recipe says."""
    there, base_digest = bool(shutil.which("docker")) and engine_answers(), ""
    for image in every:
        labels = labels_of(image.name) if there else None
        digest = digest_of(image, base_digest)
        base_digest = digest if image.folder == BASE else base_digest
        state = "missing" if labels is None else "not ours" if DIGEST not in labels else "current"
        if labels and labels.get(DIGEST, digest) != digest:
            state = "out of date"
        yield f"{image.name:32}{state:13}{(labels or {}).get(VERSION, '')}".rstrip()


def arguments_of(given: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--list", action="store_true", help="tell which images there are; build nothing")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="build this one; may be repeated")
    parser.add_argument("--stop", action="store_true", help="end the engine, if this script started it")
    return parser.parse_args(given)


def fail(sentence: str) -> NoReturn:
    """Say why there is nothing to show, and end."""
    sys.exit(f"containers: {sentence}")


def main(given: Sequence[str]) -> None:
    """Do what the command line asks for."""
    arguments, every = arguments_of(given), images()
    if arguments.list:
        print("\n".join(listed(every)))
        return
    chosen = chosen_of(every, arguments.only)
    workshop = Workshop(state_directory())
    with locked(workshop):
        if arguments.stop:
            workshop.say("the engine ended" if workshop.stop_engine() else "no engine was started here")
            return
        started = time.monotonic()
        workshop.ensure_engine()
        workshop.build(chosen)
        workshop.ensure_compose(every[0])
        workshop.say(f"all there after {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
