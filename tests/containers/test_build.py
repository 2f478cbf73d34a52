"""The script that builds the images: its digests, what a build sees of this machine, and its arguments."""

from __future__ import annotations

import fcntl
import importlib.util
import io
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "containers" / "build.py"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """Return the script as a module."""
    spec = importlib.util.spec_from_file_location("build_under_test", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of what images are made of."""
    shutil.copytree(ROOT / "containers", tmp_path / "containers")
    shutil.copy(ROOT / "constraints.txt", tmp_path)
    return tmp_path


def test_every_image_has_its_files(build: ModuleType) -> None:
    """The first is the base, each other has a Dockerfile, and every file that is named exists."""
    base, *others = build.images()
    assert base.folder == build.BASE
    assert base.suite
    assert all((ROOT / "containers" / image.folder / "Dockerfile").is_file() for image in others)
    assert all(path.is_file() for image in (base, *others) for path in build.sources(image))


def test_a_digest_is_the_same_elsewhere(build: ModuleType, project: Path) -> None:
    """The place, the owner and the times of the files do not count."""
    for image in build.images():
        assert build.digest_of(image, "base", project) == build.digest_of(image, "base")


@pytest.mark.parametrize(
    ("file", "concerned"),
    [
        ("containers/postgres/docker-entrypoint.sh", {"postgres"}),
        ("containers/localstack/constraints.txt", {"localstack"}),
        ("containers/with-host-settings", {"postgres", "mongo", "localstack", "site", "service"}),
        ("containers/debian/tree/usr/sbin/policy-rc.d", {"debian"}),
        ("constraints.txt", {"service"}),
        ("containers/compose/mongo.sh", set()),
    ],
)
def test_a_change_concerns_whom_it_is_part_of(build: ModuleType, project: Path, file: str, concerned: set[str]) -> None:
    """An image is built again when one of its files changes, and no other image is."""
    before = {image.folder: build.digest_of(image, "", project) for image in build.images(project)}
    with (project / file).open("a", encoding="utf-8") as stream:
        stream.write("\n")
    after = {image.folder: build.digest_of(image, "", project) for image in build.images(project)}
    assert {folder for folder in before if before[folder] != after[folder]} == concerned


def test_rights_the_base_and_the_description_count(build: ModuleType, project: Path) -> None:
    """Another right to execute, another base or another name make another image."""
    site = next(image for image in build.images(project) if image.folder == "site")
    digests = {build.digest_of(site, "", project), build.digest_of(site, "base", project)}
    digests.add(build.digest_of(replace(site, name="ziggie/site:2"), "", project))
    (project / "containers" / "site" / "site.sh").chmod(0o644)
    digests.add(build.digest_of(site, "", project))
    assert len(digests) == 4


def test_a_build_sees_its_files_and_the_hosts_settings(build: ModuleType) -> None:
    """The context has the folder, what is named beside it, and the settings, all of them nobody's."""
    service = next(image for image in build.images() if image.folder == "service")
    packed = build.context_of(service, {"host-pip.conf": b"[global]\n"})
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        entries = archive.getmembers()
    assert {entry.name for entry in entries} == {
        "constraints.txt",
        "containers/service/Dockerfile",
        "containers/service/requirements.txt",
        "containers/with-host-settings",
        "host-pip.conf",
    }
    assert {(entry.uid, entry.uname, entry.mtime) for entry in entries} == {(0, "", 0)}


@pytest.mark.parametrize("path", sorted((ROOT / "containers").glob("*/Dockerfile")), ids=lambda path: path.parent.name)
def test_the_hosts_settings_stay_in_stages_that_are_thrown_away(path: Path) -> None:
    """What is taken from the host is copied before the last FROM, where a registry's host would not reach the image."""
    last = path.read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    assert "host-*" not in last


def test_settings_of_pip_are_picked(build: ModuleType) -> None:
    """An index goes along, the environment first; places on this machine's disk and everything else stay here."""
    listed = """\
:env:.index-url='one'
global.index-url='two'
global.extra-index-url='file:///here three'
global.find-links='/here'
global.trusted-host='file:///only'
global.constraint='/here/constraints.txt'
"""
    assert build.pip_settings(listed) == {"index-url": "one", "extra-index-url": "three"}
    assert build.pip_settings("") == {}


def test_some_can_be_chosen(build: ModuleType) -> None:
    """By name or folder, in the order of building, with the base that they stand on."""
    every = build.images()
    assert build.chosen_of(every, []) == list(every)
    chosen = build.chosen_of(every, ["ziggie/site:1", "mongo"])
    assert [image.folder for image in chosen] == ["debian", "mongo", "site"]


def test_an_unknown_one_is_named(build: ModuleType) -> None:
    """The message has the names that there are."""
    with pytest.raises(SystemExit, match=r"there is no image oracle; there are debian:trixie-slim, postgres:"):
        build.chosen_of(build.images(), ["oracle"])


def test_it_starts_without_the_environment() -> None:
    """Any Python that is new enough starts it, without packages."""
    command = [sys.executable, "-I", "-S", str(SCRIPT), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--only" in done.stdout


def test_one_build_at_a_time(build: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second one says that it waits, and goes on when the first is done."""
    entered, workshop = threading.Event(), build.Workshop(tmp_path)

    def second() -> None:
        with build.locked(workshop):
            entered.set()

    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        thread = threading.Thread(target=second)
        thread.start()
        assert not entered.wait(0.2)
    assert entered.wait(10)
    thread.join()
    assert "waiting for another build" in capsys.readouterr().out


def test_only_an_engine_that_was_started_here_is_ended(build: ModuleType, tmp_path: Path) -> None:
    """Without a record there is none, and a stranger that got the same number lives on."""
    workshop = build.Workshop(tmp_path)
    assert not workshop.stop_engine()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        (tmp_path / "dockerd.started").write_text(f"[{stranger.pid}, 1]", encoding="utf-8")
        assert not workshop.stop_engine()
        assert stranger.poll() is None
        stranger.kill()


def test_what_was_built_imports_what_it_runs() -> None:
    """In the service's image, the programs of the compose project find every package that they need."""
    ask = ["docker", "image", "inspect", "ziggie/service:1"]
    if not shutil.which("docker") or subprocess.run(ask, capture_output=True, check=False).returncode:
        pytest.skip("no engine answers here, or the images are not built: python3 containers/build.py")
    programs = (
        "ziggie_harness.service.api, ziggie_harness.service.mongo_database, ziggie_harness.service.witness,"
        " ziggie_harness.emulation.route53.name_servers, ziggie_harness.lab.certificates"
    )
    mount = f"{ROOT / 'ziggie_harness'}:/opt/ziggie/ziggie_harness:ro"
    run = ["docker", "run", "--rm", "--network=none", "--volume", mount, "--label", f"ziggie.run=test-{os.getpid()}"]
    done = subprocess.run(
        [*run, "ziggie/service:1", "python3", "-c", f"import {programs}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
