"""The compose file: no password, pinned images with a recipe each, health checks, labels, the lab's own addresses."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ziggie_harness.lab.sites import DEFAULT_HOST, ROUTER_HOST, SITES

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
WORLD: Mapping[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
SERVICES: Mapping[str, Any] = WORLD["services"]
LABEL = {"ziggie.run": "compose"}

PINNED = re.compile(r"[a-z/]+:\d+(\.\d+)*")
SECRET = re.compile(r"(?i)(password|secret|token|access_?key)(?!.*_FILE$)")

DRILLED_HOSTS = {10, 20, 30, 53, 54}
"""The numbers that drills in the same sites use for their own servers."""


def one_shots() -> set[str]:
    """Return the services that end by themselves: others wait for their end, and compose for them."""
    waits = (needed for service in SERVICES.values() for needed in service.get("depends_on", {}).items())
    return {name for name, how in waits if how["condition"] == "service_completed_successfully"}


def passwords(text: str) -> Iterator[str]:
    """Yield every variable of a compose file that holds a secret itself."""
    for name, service in yaml.safe_load(text)["services"].items():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable) and not str(value).startswith("/run/"):
                yield f"{name}: {variable}"


def test_there_is_no_password() -> None:
    """Passwords are made at the first start and read from files."""
    assert list(passwords(COMPOSE.read_text(encoding="utf-8"))) == []


def test_a_password_is_found() -> None:
    """The test above sees a planted one, and lets a file's name pass."""
    planted = "services: {a: {environment: {X_PASSWORD: y, X_PASSWORD_FILE: /run/x, AWS_SECRET_ACCESS_KEY: z}}}"
    assert list(passwords(planted)) == ["a: X_PASSWORD", "a: AWS_SECRET_ACCESS_KEY"]


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned_and_can_be_built(name: str) -> None:
    """Each image has a version, and a recipe in containers/ for machines that reach no registry."""
    image = SERVICES[name]["image"]
    assert PINNED.fullmatch(image), image
    recipes = tomllib.loads((ROOT / "containers" / "images.toml").read_text(encoding="utf-8"))["image"]
    folders = {one["name"]: one["folder"] for one in recipes}
    assert (ROOT / "containers" / folders[image] / "Dockerfile").is_file()
    if build := SERVICES[name].get("build"):
        assert build == {"context": ".", "dockerfile": f"containers/{folders[image]}/Dockerfile"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_health_check_or_ends(name: str) -> None:
    """`up --wait` waits for health, or for the end of what is done once."""
    assert ("healthcheck" in SERVICES[name]) != (name in one_shots())


def test_everything_is_labelled() -> None:
    """What a crash leaves can be found by its label: containers, networks and volumes."""
    for kind in ("services", "networks", "volumes"):
        assert [name for name, described in WORLD[kind].items() if described["labels"] != LABEL] == []


def test_no_volume_is_without_a_name() -> None:
    """Everything that is mounted is one of the named volumes or a file of the project that exists."""
    for service in SERVICES.values():
        for mount in service.get("volumes", []):
            known = (
                mount["source"] in WORLD["volumes"] if mount["type"] == "volume" else (ROOT / mount["source"]).exists()
            )
            assert known, mount


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_a_site_is_the_labs(site: Any) -> None:  # noqa: ANN401 - a Site, by parametrize
    """Network, addresses and ways to all other sites are those of the embedded lab."""
    service = SERVICES[site.name]
    router = site.host(ROUTER_HOST)
    assert WORLD["networks"][site.name]["ipam"]["config"][0]["subnet"] == site.network
    assert service["networks"] == {site.name: {"ipv4_address": site.host(DEFAULT_HOST)}}
    assert service["environment"]["SITE_NETWORK"] == site.network
    assert service["environment"]["SITE_ADDRESS"] == site.host(DEFAULT_HOST)
    ways = {way.strip() for way in service["environment"]["ROUTES"].split(",")}
    assert ways == {f"{other.network} via {router}" for other in SITES if other != site}
    assert SERVICES["router"]["networks"][site.name] == {"ipv4_address": router}


def test_drills_find_their_addresses_free() -> None:
    """Servers of the compose project keep off the numbers of those that a drill starts in the same sites."""
    prefixes = "|".join(re.escape(site.prefix) for site in SITES)
    text = COMPOSE.read_text(encoding="utf-8")
    used = {int(number) for number in re.findall(rf"\b(?:{prefixes})\.(\d+)\b(?!/24)", text)}
    assert not used & DRILLED_HOSTS


def test_compose_accepts_it() -> None:
    """Docker compose finds nothing wrong with the file."""
    if not shutil.which("docker"):
        pytest.skip("there is no docker here")
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker has no compose plugin here")
    done = subprocess.run(
        ["docker", "compose", "--file", str(COMPOSE), "config", "--quiet"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
