"""Two PostgreSQL servers of the lab, compared in all that they hold."""

from __future__ import annotations

from typing import Final

import psycopg

from ziggie_harness.backends.emulated.owner_sql import Place
from ziggie_harness.backends.emulated.postgres_install import ADMINISTRATOR
from ziggie_harness.model.database_events import StoresCompared
from ziggie_harness.parity.postgres import compare_postgres
from ziggie_harness.parity.postgres_catalog import Link
from ziggie_harness.ports import Network

CONNECT_SECONDS: Final = 10
"""For how long, in wall time, a server may let the comparison wait."""


def compare_servers(network: Network, left: Place, right: Place) -> StoresCompared:
    """Compare two databases, each entered from its own site as its administrator. Raises psycopg.Error, ZiggieError."""

    def linked(place: Place) -> Link:
        """Enter a database."""
        address, port = network.located(place.address, place.port)
        with network.inside(place.source):
            return psycopg.connect(
                host=address,
                port=port,
                user=ADMINISTRATOR,
                dbname=place.database,
                passfile=place.passfile or None,
                sslmode="disable",
                gssencmode="disable",
                connect_timeout=CONNECT_SECONDS,
            )

    names = (left.source, right.source)
    return compare_postgres(lambda: linked(left), lambda: linked(right), names=names).event()
