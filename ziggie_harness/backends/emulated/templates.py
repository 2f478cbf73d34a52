"""Directories made once per machine and user, to be copied: the data of databases that are slow to make."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_STAGING: Final = ".making-"


def made_once(name: str, make: Callable[[Path], None], cache: Path | None = None) -> Path:
    """Return the finished directory of that name, made on the first call on this machine; ``make`` gets its path.

    Workers that come at once wait for the one that makes it. Killed half-way, it leaves a directory under another name,
    which the next one to make a template removes.
    """
    parent = cache_directory() if cache is None else cache
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    finished = parent / name
    if finished.is_dir():
        return finished
    with _alone(parent / ".lock"):
        if not finished.is_dir():
            for left in parent.glob(f"{_STAGING}*"):
                shutil.rmtree(left, ignore_errors=True)
            staging = parent / f"{_STAGING}{secrets.token_hex(4)}"
            make(staging)
            staging.rename(finished)
    return finished


def cache_directory() -> Path:
    """Return where this user keeps what can be made again (XDG base directory specification)."""
    chosen = os.environ.get("XDG_CACHE_HOME")
    return (Path(chosen) if chosen else Path.home() / ".cache") / "ziggie-harness"


def copy_directory(source: Path, destination: Path) -> None:
    """Copy a data directory inside the kernel: a thousand small files, for which ``shutil`` takes three times as long.

    It consists of directories and plain files; what is there already is an error (FileExistsError).
    """
    destination.mkdir(mode=0o700, parents=True)
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir():
                copy_directory(Path(entry.path), destination / entry.name)
            else:
                _copy_file(entry.path, f"{destination}/{entry.name}")


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold a lock that the kernel releases when this process dies."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _copy_file(source: str, destination: str) -> None:
    """Copy one file, readable by its owner alone, as databases want it."""
    reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        writing = os.open(destination, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            left, done = os.fstat(reading).st_size, 0
            while left > done and (copied := os.sendfile(writing, reading, done, left - done)):
                done += copied
        finally:
            os.close(writing)
    finally:
        os.close(reading)
