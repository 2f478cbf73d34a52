"""Worlds for the tests of the embedded gateway: on the lab's network where there is one, on loopback otherwise."""

from __future__ import annotations
