"""Questions about indexes that a migration without a transaction has to ask before it goes on."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_SQLITE = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = %s"
_POSTGRESQL = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(quote_ident(%s))"


def index_exists(schema_editor: BaseDatabaseSchemaEditor, name: str) -> bool:
    """Whether an index of this name is there, finished or not."""
    sql = _POSTGRESQL if schema_editor.connection.vendor == "postgresql" else _SQLITE
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(sql, [name])
        return cursor.fetchone() is not None


def drop_unfinished_index(schema_editor: BaseDatabaseSchemaEditor, name: str) -> None:
    """Remove what an interrupted ``CREATE INDEX CONCURRENTLY`` left behind; SQLite leaves nothing."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_POSTGRESQL, [name])
        row = cursor.fetchone()
    if row is not None and not row[0]:
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(name)}")
