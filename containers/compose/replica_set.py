"""Make one replica set of the three members of MongoDB, with a user who may read and write, unless it was made before.

It runs in the network of the first member, which lets its own machine in as long as it knows no user.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

if TYPE_CHECKING:
    from collections.abc import Callable

SECRETS: Final = Path("/run/ziggie")
PORT: Final = 27017
WITHIN_SECONDS: Final = 90.0
ADMINISTRATOR: Final = "administrator"

UNAUTHORIZED, AUTHENTICATION_FAILED, ALREADY_INITIALIZED = 13, 18, 23


def client(**further: Any) -> MongoClient[dict[str, Any]]:  # noqa: ANN401 - the driver's own options
    """Connect to the first member, from its own machine."""
    return MongoClient(
        "127.0.0.1", PORT, directConnection=True, tls=True, tlsCAFile=str(SECRETS / "ca.pem"),
        serverSelectionTimeoutMS=2000, **further,
    )  # fmt: skip


def within(what: str, done: Callable[[], bool]) -> None:
    """Try until it is done; end with a sentence when it takes too long."""
    until, reason = time.monotonic() + WITHIN_SECONDS, "it is not so yet"
    while time.monotonic() < until:
        try:
            if done():
                return
        except (OSError, PyMongoError) as error:
            reason = str(error)
        time.sleep(0.2)
    sys.exit(f"{what} took more than {WITHIN_SECONDS:g} s: {reason}")


def listening(address: str) -> bool:
    """Tell whether a member takes connections; raise OSError with the reason where it does not."""
    socket.create_connection((address, PORT), timeout=1).close()
    return True


def initiate(name: str, address: str) -> None:
    """Initiate the set with its first member alone, which so is primary at once; elections of several take longer."""
    try:
        with client() as first:
            alone = {"_id": 0, "host": f"{address}:{PORT}", "priority": 10}
            first.admin.command("replSetInitiate", {"_id": name, "members": [alone]})
    except OperationFailure as failure:
        if failure.code not in {ALREADY_INITIALIZED, UNAUTHORIZED}:
            raise


def leads() -> bool:
    """Tell whether the first member is the set's primary."""
    with client() as first:
        return bool(first.admin.command("hello").get("isWritablePrimary"))


def create_administrator(password: str) -> None:
    """Create an administrator, which ends the exception for this machine."""
    try:
        with client() as first:
            first.admin.command("createUser", ADMINISTRATOR, pwd=password, roles=["root"])
    except OperationFailure as failure:
        if failure.code != UNAUTHORIZED:  # then it was created before
            raise


def join(first: MongoClient[dict[str, Any]], address: str, priority: int) -> None:
    """Add a member, and wait until it has everything; MongoDB takes one voting member at a time."""

    def added() -> bool:
        config = first.admin.command("replSetGetConfig")["config"]
        hosts = [member["host"] for member in config["members"]]
        if f"{address}:{PORT}" not in hosts:
            config["members"].append({"_id": len(hosts), "host": f"{address}:{PORT}", "priority": priority})
            config["version"] += 1
            # Refused while the change before is still under way (ConfigurationInProgress): then it is asked again.
            first.admin.command("replSetReconfig", config)
        return True

    def joined() -> bool:
        members = first.admin.command("replSetGetStatus")["members"]
        return any(member["name"] == f"{address}:{PORT}" and member["stateStr"] == "SECONDARY" for member in members)

    within(f"the change that adds {address}", added)
    within(f"the first copy to {address}", joined)


def made_before(password: str) -> bool:
    """Tell whether the service's user is known."""
    try:
        with client(username="ziggie", password=password, authSource="ziggie") as first:
            return bool(first.admin.command("ping")["ok"])
    except OperationFailure as failure:
        if failure.code != AUTHENTICATION_FAILED:
            raise
        return False


def main() -> None:
    """Make the set."""
    members, name = os.environ["MEMBERS"].split(","), os.environ["REPLICA_SET"]
    password = (SECRETS / "mongo.password").read_text(encoding="utf-8")
    for address in members:
        within(f"the start of {address}", lambda address=address: listening(address))  # type: ignore[misc]  # bound now
    if made_before(password):
        sys.stderr.write(f"{name} was made before\n")
        return
    initiate(name, members[0])
    within("the election", leads)
    create_administrator(password)
    with client(username=ADMINISTRATOR, password=password) as first:
        for number, address in enumerate(members[1:], start=1):
            join(first, address, priority=len(members) - number)
        # The last step: who finds this user later finds the whole set.
        roles = [{"role": "readWrite", "db": "ziggie"}]
        first["ziggie"].command("createUser", "ziggie", pwd=password, roles=roles)
    sys.stderr.write(f"{name} has {len(members)} members\n")


if __name__ == "__main__":
    main()
