"""The application that needs a secret: a process that runs the owner's secret client, unmodified, when it is told to.

It is started as a script of its own, `python -I`, so that nothing of the harness is imported into the owner's process.
Over a descriptor it reads the name of a secret a line, and answers with a line of JSON: a digest of what the client
returned, or the error that it raised. The value itself stays in this process.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
import json
import os
import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENDS = ("botocore", "builtins")
"""Modules whose errors are told with their words: those of others might quote what they choked on."""

READY = "ready"


def client_of(path: str) -> Callable[[str], object]:
    """Load the owner's file as it is, and return its ``get_secret``."""
    spec = importlib.util.spec_from_file_location("secret_client", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[[str], object] = module.get_secret
    return found


def asked(get_secret: Callable[[str], object], name: str, key: bytes) -> Mapping[str, Any]:
    """Ask for a secret once; whatever the client raises is part of the answer."""
    try:
        value = get_secret(name)
    except Exception as error:  # noqa: BLE001 - the owner's code may raise anything, and that is what is asked for
        return {"digest": "", "error": told(error)}
    return {"digest": digest(value, key), "error": ""}


def digest(value: object, key: bytes) -> str:
    """Return a digest of a secret's value that is the same for the same value, and tells nothing without the key."""
    text = json.dumps(value, sort_keys=True)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:16]


def told(error: BaseException) -> str:
    """Name an error, with its words where they cannot hold a secret."""
    kind = type(error)
    name = kind.__name__
    if kind.__module__.partition(".")[0] in ENDS and not isinstance(error, (ValueError, KeyError)):
        return f"{name}: {error}"
    return name


def main() -> None:
    """Answer questions until the harness hangs up."""
    with socket.socket(fileno=int(os.environ["ZIGGIE_DESCRIPTOR"])) as connection, connection.makefile("rw") as lines:
        get_secret = client_of(os.environ["ZIGGIE_SECRET_CLIENT"])
        key = bytes.fromhex(os.environ["ZIGGIE_DIGEST_KEY"])
        lines.write(f"{READY}\n")
        lines.flush()
        for line in lines:
            lines.write(json.dumps(asked(get_secret, line.rstrip("\n"), key)) + "\n")
            lines.flush()


if __name__ == "__main__":
    main()
