"""The images that drills run, by the names that their makers publish them under; `containers/build.py` has stand-ins.

docker-compose.yml and containers/ name the same versions, which a test compares.
"""

from __future__ import annotations

from typing import Final

POSTGRES: Final = "postgres:17.12"
MONGO: Final = "mongo:6.0.5"
LOCALSTACK: Final = "localstack/localstack:4.14.0"
SITE: Final = "ziggie/site:1"
"""Keeps the network of a site or of the router alive."""
SERVICE: Final = "ziggie/service:1"
"""Python with what our programs import; the code itself is that of this harness, mounted."""

NEEDED: Final = (POSTGRES, SITE, SERVICE)
"""What every drill needs."""

STAND_IN: Final = "ziggie.stand-in"
"""The label of an image that was built from packages in the place of a published one."""

VERSION: Final = "ziggie.version"
"""The label that tells what is really inside."""
