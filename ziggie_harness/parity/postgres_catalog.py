"""What PostgreSQL's catalog says of its tables: columns, their types, and the key that tells rows apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection

Link = Connection[tuple[Any, ...]]
"""A connection whose rows are tuples."""

_TABLES: Final = """
SELECT c.oid, n.nspname, c.relname, c.relkind = 'p', c.relpersistence = 'u',
       pg_relation_size(c.oid)
       + coalesce((SELECT sum(pg_relation_size(p.relid)) FROM pg_partition_tree(c.oid) p WHERE p.isleaf), 0)::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname
"""

# The order of text depends on provider, locale and version of a collation; what is compared is what is in use.
_COLUMNS: Final = """
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod),
       CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace THEN t.typname ELSE '' END,
       t.oid = 'numeric'::regtype AND a.atttypmod >= 0,
       coalesce(quote_ident(ln.nspname) || '.' || quote_ident(l.collname), ''),
       CASE WHEN l.oid IS NULL THEN ''
            WHEN l.collprovider = 'd' THEN d.used
            ELSE concat_ws(' ', l.collprovider, l.collcollate,
                           coalesce(to_jsonb(l) ->> 'colllocale', to_jsonb(l) ->> 'colliculocale'),
                           pg_collation_actual_version(l.oid)) END
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
CROSS JOIN (SELECT concat_ws(' ', db.datlocprovider, db.datcollate,
                             coalesce(to_jsonb(db) ->> 'datlocale', to_jsonb(db) ->> 'daticulocale'),
                             pg_database_collation_actual_version(db.oid)) AS used
            FROM pg_database db WHERE db.datname = current_database()) d
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = ANY(%s)
ORDER BY a.attrelid, a.attnum
"""

# The primary key, or else the shortest unique index over columns that are never NULL, as a replica identity may be.
_KEYS: Final = """
SELECT DISTINCT ON (i.indrelid) i.indrelid, k.names
FROM pg_index i
CROSS JOIN LATERAL (
    SELECT array_agg(a.attname::text ORDER BY p.place) AS names, bool_and(a.attnotnull) AS certain
    FROM unnest(i.indkey::int2[]) WITH ORDINALITY p(number, place)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = p.number
    WHERE p.place <= i.indnkeyatts) k
WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND k.certain
  AND i.indrelid = ANY(%s)
ORDER BY i.indrelid, i.indisprimary DESC, i.indnkeyatts, k.names
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str
    type: str
    """Its type as SQL spells it, with its modifiers."""
    base: str
    """The bare name of a type of PostgreSQL's own, empty for others: enumerations, domains, extensions."""
    constrained: bool
    """Whether it is a numeric with a precision and a scale."""
    collation: str
    """Its collation as SQL spells it, empty where the type has none."""
    collation_used: str
    """Provider, locale and version, which together decide the order."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table, partitioned ones with all their partitions."""

    schema: str
    name: str
    partitioned: bool
    unlogged: bool
    size_bytes: int
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """The columns that tell rows apart; empty when nothing does."""

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    def column(self, name: str) -> Column | None:
        """Return a column, or None."""
        return next((column for column in self.columns if column.name == name), None)


def read_tables(link: Link) -> dict[str, Table]:
    """Read every table that holds data of the database's own, by its full name."""
    found = link.execute(_TABLES).fetchall()
    oids = [row[0] for row in found]
    columns: dict[int, list[Column]] = {}
    for oid, *rest in link.execute(_COLUMNS, (oids,)):
        columns.setdefault(oid, []).append(Column(*rest))
    keys = {oid: tuple(names) for oid, names in link.execute(_KEYS, (oids,))}
    tables = [
        Table(schema, name, partitioned, unlogged, size, tuple(columns.get(oid, ())), keys.get(oid, ()))
        for oid, schema, name, partitioned, unlogged, size in found
    ]
    return {str(table): table for table in tables}
