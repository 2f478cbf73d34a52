"""What is around the rows of a PostgreSQL database: schema, grants, roles, extensions, each as a name and a definition.

Nothing here holds a number that two databases choose each for itself, nor a password hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_OWN: Final = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_NOT_OF_EXTENSION: Final = (
    "NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '{catalog}'::regclass AND e.objid = {oid} "
    "AND e.deptype = 'e')"
)
# That an owner may maintain what is theirs is said since PostgreSQL 17 only.
_GRANTS: Final = (
    "(SELECT coalesce(string_agg(CASE WHEN g.grantee = 0 THEN 'public' ELSE pg_get_userbyid(g.grantee)::text END "
    "|| ' ' || g.privilege_type || CASE WHEN g.is_grantable THEN ' with grant option' ELSE '' END, ', ' "
    "ORDER BY pg_get_userbyid(g.grantee)::text, g.privilege_type), 'nobody') FROM aclexplode({acl}) g "
    "WHERE g.grantee <> g.grantor OR g.privilege_type <> 'MAINTAIN')"
)


def _not_of_extension(catalog: str, oid: str) -> str:
    """Return the condition that something came with no extension."""
    return _NOT_OF_EXTENSION.format(catalog=catalog, oid=oid)


def _grants(acl: str) -> str:
    """Return the expression that lists who may do what by an access control list."""
    return _GRANTS.format(acl=acl)


_RELATION_ACL: Final = (
    "coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", c.relowner))"
)

ASPECTS: Final[Mapping[str, str]] = {
    "schema": f"""
        SELECT n.nspname, 'owned by ' || pg_get_userbyid(n.nspowner) FROM pg_namespace n WHERE {_OWN}""",
    "relation": f"""
        SELECT n.nspname || '.' || c.relname, concat_ws(', ',
            CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
                WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence' END,
            CASE c.relpersistence WHEN 'u' THEN 'unlogged' END, 'owned by ' || pg_get_userbyid(c.relowner),
            'replica identity ' || c.relreplident::text, CASE WHEN c.relrowsecurity THEN 'row security' END,
            array_to_string(c.reloptions, ' '), pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't' AND {_OWN}""",
    "column": f"""
        SELECT n.nspname || '.' || c.relname || '.' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attnotnull THEN 'not null' END, 'default ' || pg_get_expr(d.adbin, d.adrelid),
            'identity ' || nullif(a.attidentity::text, ''), 'generated ' || nullif(a.attgenerated::text, ''),
            'collate ' || l.collname)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN pg_collation l ON l.oid = a.attcollation AND l.collname <> 'default'
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND c.relpersistence <> 't' AND {_OWN}""",
    # PostgreSQL 18 lists NOT NULL as constraints; before, and here always, it belongs to the column.
    "constraint": f"""
        SELECT n.nspname || '.' || coalesce(r.relname, t.typname) || '.' || c.conname,
            pg_get_constraintdef(c.oid) || CASE WHEN c.convalidated THEN '' ELSE ' not validated' END
        FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
        LEFT JOIN pg_class r ON r.oid = c.conrelid LEFT JOIN pg_type t ON t.oid = c.contypid
        WHERE c.contype <> 'n' AND {_OWN}""",
    "index": f"""
        SELECT n.nspname || '.' || c.relname,
            pg_get_indexdef(c.oid) || CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {_OWN}""",
    "trigger": f"""
        SELECT n.nspname || '.' || c.relname || '.' || t.tgname,
            pg_get_triggerdef(t.oid) || ' enabled ' || t.tgenabled::text
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT t.tgisinternal AND {_OWN}""",
    "policy": """
        SELECT schemaname || '.' || tablename || '.' || policyname,
            concat_ws(' ', permissive, cmd, 'to', roles::text, 'using', qual, 'check', with_check) FROM pg_policies""",
    "view": f"""
        SELECT n.nspname || '.' || c.relname, pg_get_viewdef(c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('v', 'm') AND {_OWN} AND {_not_of_extension("pg_class", "c.oid")}""",
    "function": f"""
        SELECT n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
            pg_get_userbyid(p.proowner) || ': ' ||
            CASE WHEN p.prokind = 'a' THEN 'aggregate' ELSE pg_get_functiondef(p.oid) END
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE {_OWN} AND {_not_of_extension("pg_proc", "p.oid")}""",
    "type": f"""
        SELECT n.nspname || '.' || t.typname, concat_ws(' ', t.typtype::text,
            (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
             FROM pg_enum e WHERE e.enumtypid = t.oid),
            (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
             FROM pg_attribute a WHERE a.attrelid = t.typrelid AND t.typtype = 'c' AND NOT a.attisdropped),
            CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END, t.typdefault)
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE t.typtype IN ('e', 'd', 'c') AND (c.oid IS NULL OR c.relkind = 'c')
          AND {_OWN} AND {_not_of_extension("pg_type", "t.oid")}""",
    "sequence": """
        SELECT schemaname || '.' || sequencename, concat_ws(' ', data_type::text, 'start', start_value, 'from',
            min_value, 'to', max_value, 'by', increment_by, CASE WHEN cycle THEN 'cycle' END) FROM pg_sequences""",
    "grant on relation": f"""
        SELECT n.nspname || '.' || c.relname,
            {_grants(_RELATION_ACL)}
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't' AND {_OWN}""",
    "grant on column": f"""
        SELECT n.nspname || '.' || c.relname || '.' || a.attname, {_grants("a.attacl")}
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND {_OWN}""",
    "grant on schema": f"""
        SELECT n.nspname, {_grants("coalesce(n.nspacl, acldefault('n', n.nspowner))")} FROM pg_namespace n
        WHERE {_OWN}""",
    "grant on function": f"""
        SELECT n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
            {_grants("coalesce(p.proacl, acldefault('f', p.proowner))")}
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE {_OWN} AND {_not_of_extension("pg_proc", "p.oid")}""",
    "grant on the database": f"""
        SELECT 'database', {_grants("coalesce(d.datacl, acldefault('d', d.datdba))")} FROM pg_database d
        WHERE d.datname = current_database()""",
    "default privileges": f"""
        SELECT pg_get_userbyid(d.defaclrole) || ' in ' || coalesce(n.nspname, 'every schema') || ' for '
            || CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE d.defaclobjtype::text END,
            {_grants("d.defaclacl")}
        FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace""",
    "role": """
        SELECT rolname, concat_ws(', ', CASE WHEN rolsuper THEN 'superuser' END,
            CASE WHEN NOT rolinherit THEN 'no inherit' END, CASE WHEN rolcreaterole THEN 'create role' END,
            CASE WHEN rolcreatedb THEN 'create database' END, CASE WHEN rolcanlogin THEN 'login' ELSE 'no login' END,
            CASE WHEN rolreplication THEN 'replication' END, CASE WHEN rolbypassrls THEN 'bypass row security' END,
            'connections ' || nullif(rolconnlimit, -1), 'valid until ' || rolvaliduntil)
        FROM pg_roles WHERE rolname !~ '^pg_'""",
    "membership": """
        SELECT pg_get_userbyid(member) || ' in ' || pg_get_userbyid(roleid),
            string_agg(CASE WHEN admin_option THEN 'with admin option' ELSE 'plain' END, ', ' ORDER BY admin_option)
        FROM pg_auth_members GROUP BY 1""",
    "extension": "SELECT extname, extversion FROM pg_extension",
    "event trigger": "SELECT evtname, concat_ws(' ', evtevent, evtenabled::text, evttags::text) FROM pg_event_trigger",
}
"""Queries that answer with names and definitions, by what they are about."""
