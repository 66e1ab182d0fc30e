"""Migrations of one operation each, over all of Django's operations and changes of fields.

What each breaks was derived by hand from the statement that it sends, and is checked by plain Django.
"""

from __future__ import annotations

from typing import NamedTuple

import django

REWRITES = frozenset(
    {
        "add_generated",
        "alter_big_to_int",
        "alter_date_to_moment",
        "alter_fewer_digits",
        "alter_flag_to_int",
        "alter_int_to_big",
        "alter_int_to_char",
        "alter_int_to_decimal",
        "alter_int_to_float",
        "alter_int_to_small",
        "alter_moment_to_date",
        "alter_shorter",
        "alter_small_to_int",
        "alter_text_to_char",
    }
)
"""Those that write a new file of the table on PostgreSQL: stored values change their form."""
READS_EVERY_ROW = frozenset(
    {
        # An index is built.
        "add_index",
        "add_indexed",
        "add_key",
        "add_one_to_one",
        "add_unique",
        "add_uuid_null_unique",
        "alter_char_to_slug",
        "alter_index",
        "alter_unique",
        "sql_index",
        "unique_together",
        # A check or NOT NULL is verified; the title has a check, and ALTER COLUMN TYPE verifies it again.
        "add_check",
        "add_positive",
        "add_positive_default",
        "alter_char_to_text",
        "alter_comment",
        "alter_int_to_positive",
        "alter_longer",
        "alter_to_mandatory",
        "alter_to_mandatory_db_default",
        # Django drops the foreign key and adds it again.
        "alter_key_column",
        "alter_key_to_null",
        "alter_key_without_index",
        "rename_key",
        "rename_model",
    }
)
"""Those that read every row under a lock that stops writes."""
GROWS = frozenset({"python_moves_rows", "sql_update"})
"""Those that write every row."""

EVERY = "insert select update delete"
NOTE = {f"note {statement}" for statement in EVERY.split()}
AUTHOR = {f"author {statement}" for statement in EVERY.split()}
THROUGH = {f"note_tags {statement}" for statement in EVERY.split()}
SQLITE, POSTGRESQL = "sqlite", "postgresql"


class Case(NamedTuple):
    """A migration of one operation; ``breaks`` are the statements of the old release that then fail.

    By ``table statement``, on ``engines``, and ``more`` of them on PostgreSQL. ``written`` are values by
    field that the new release may write, where only such a row breaks a statement. ``before`` is Python above
    the migration.
    """

    name: str
    operation: str
    breaks: frozenset[str] = frozenset()
    engines: tuple[str, ...] = (SQLITE, POSTGRESQL)
    written: str = ""
    before: str = ""
    more: frozenset[str] = frozenset()
    cascades: frozenset[str] = frozenset()
    """Deletes that Django extends to a table whose rows cannot be deleted: the rule tells of that table."""

    @property
    def warnings(self) -> set[str]:
        """The rules of locks and growing work that warn of it on PostgreSQL."""
        if self.name in GROWS:
            return {"grows-with-rows"}
        if self.name in REWRITES:
            return {"blocking-lock", "table-rewrite", "grows-with-rows"}
        return {"blocking-lock", "grows-with-rows"} if self.name in READS_EVERY_ROW else set()

    def broken_on(self, engine: str) -> frozenset[str]:
        """Return the statements that fail on ``engine``."""
        more = self.more if engine == POSTGRESQL else frozenset()
        return self.breaks | more if engine in self.engines else frozenset()


def add(name: str, field: str, *breaks: str, before: str = "") -> Case:
    """Return the addition of a field to ``Note``."""
    return Case(
        f"add_{name}", f'migrations.AddField("note", "{name}", {field})', frozenset(breaks), before=before
    )


def alter(
    name: str,
    field: str,
    new: str,
    *breaks: str,
    only: str = "",
    written: str = "",
    more: tuple[str, ...] = (),
) -> Case:
    """Return an alteration of a field of ``Note``; ``only`` is the engine on which it breaks anything."""
    return Case(
        f"alter_{name}",
        f'migrations.AlterField("note", "{field}", {new})',
        frozenset(breaks),
        engines=(only,) if only else (SQLITE, POSTGRESQL),
        written=written,
        more=frozenset(more),
    )


def other(
    name: str,
    operation: str,
    breaks: set[str] | frozenset[str] = frozenset(),
    *cascades: str,
    before: str = "",
) -> Case:
    """Return a case of any operation."""
    return Case(name, operation, frozenset(breaks), before=before, cascades=frozenset(cascades))


INSERT = "note insert"
ADDED = (
    add("null", "models.IntegerField(null=True)"),
    add("mandatory", "models.IntegerField(default=0)", INSERT),
    add("db_default", "models.IntegerField(db_default=0)"),
    add("both_defaults", "models.IntegerField(default=1, db_default=0)"),
    add("null_default", "models.IntegerField(null=True, default=3)"),
    add("char", 'models.CharField(max_length=9, default="")', INSERT),
    add("char_null", "models.CharField(max_length=9, null=True)"),
    add("char_db_default", 'models.CharField(max_length=9, db_default="")'),
    add("text", 'models.TextField(default="x")', INSERT),
    add("boolean", "models.BooleanField(default=False)", INSERT),
    add("boolean_db_default", "models.BooleanField(db_default=False)"),
    add("decimal", "models.DecimalField(max_digits=5, decimal_places=1, default=0)", INSERT),
    add(
        "moment",
        "models.DateTimeField(default=django.utils.timezone.now)",
        INSERT,
        before="import django.utils.timezone",
    ),
    add(
        "moment_db_default",
        "models.DateTimeField(db_default=Now())",
        before="from django.db.models.functions import Now",
    ),
    add("uuid", "models.UUIDField(default=uuid.uuid4)", INSERT, before="import uuid"),
    add("uuid_null_unique", "models.UUIDField(null=True, unique=True)"),
    add("json", "models.JSONField(default=dict)", INSERT),
    add("json_null", "models.JSONField(null=True)"),
    add("file", 'models.FileField(upload_to="files", default="")', INSERT),
    add("binary", "models.BinaryField(null=True)"),
    add("positive", "models.PositiveIntegerField(null=True)"),
    add("positive_default", "models.PositiveIntegerField(default=1)", INSERT),
    add("indexed", "models.IntegerField(null=True, db_index=True)"),
    add(
        "generated",
        'models.GeneratedField(expression=models.F("rank") + 1, db_persist=True, '
        "output_field=models.IntegerField())",
    ),
    add("key", 'models.ForeignKey("{app}.tag", models.CASCADE, null=True, related_name="+")'),
    add("one_to_one", 'models.OneToOneField("{app}.tag", models.CASCADE, null=True, related_name="+")'),
    add("many_to_many", 'models.ManyToManyField("{app}.author", related_name="+")'),
)
REMOVED = (
    other("remove_mandatory", 'migrations.RemoveField("note", "size")', NOTE),
    other("remove_null", 'migrations.RemoveField("note", "amount")', NOTE),
    other("remove_db_default", 'migrations.RemoveField("note", "filled")', NOTE),
    other("remove_key", 'migrations.RemoveField("note", "author")', NOTE | {"author delete"}),
    other("remove_null_key", 'migrations.RemoveField("note", "editor")', NOTE | {"author delete"}),
    other(
        "remove_many_to_many",
        'migrations.RemoveField("note", "tags")',
        THROUGH | {"note delete", "tag delete"},
        "author delete",
    ),
    other(
        "remove_from_child",
        'migrations.RemoveField("comment", "text")',
        {"comment insert", "comment select", "comment update"},
    ),
)
RENAMED = (
    other("rename_field", 'migrations.RenameField("note", "title", "heading")', NOTE),
    other("rename_key", 'migrations.RenameField("note", "author", "writer")', NOTE | {"author delete"}),
    other(
        "rename_many_to_many",
        'migrations.RenameField("note", "tags", "labels")',
        THROUGH | {"note delete", "tag delete"},
        "author delete",
    ),
    other("rename_model", 'migrations.RenameModel("Author", "Writer")', AUTHOR),
    other(
        "rename_child",
        'migrations.RenameModel("Comment", "Remark")',
        {f"comment {s}" for s in EVERY.split()} | {"note delete"},
        "author delete",
    ),
    other(
        "rename_primary_key",
        'migrations.RenameField("lone", "id", "number")',
        {f"lone {s}" for s in EVERY.split()},
    ),
    other("rename_lone", 'migrations.RenameModel("Lone", "Alone")', {f"lone {s}" for s in EVERY.split()}),
    other(
        "alter_table",
        'migrations.AlterModelTable("lone", "{app}_other")',
        {f"lone {s}" for s in EVERY.split()},
    ),
    other("alter_table_to_same", 'migrations.AlterModelTable("lone", "{app}_lone")'),
    alter("column", "rank", 'models.IntegerField(default=0, db_column="place")', *NOTE),
    alter("column_to_same", "rank", 'models.IntegerField(default=0, db_column="rank")'),
    other("rename_proxy", 'migrations.RenameModel("Shown", "Displayed")'),
    other("rename_index", 'migrations.RenameIndex("note", "{app}_ranks", old_name="{app}_rank")'),
)
ALTERED = (
    alter("to_null", "size", "models.IntegerField(null=True)"),
    alter("to_mandatory", "amount", "models.IntegerField(default=1)", INSERT),
    alter("to_mandatory_db_default", "amount", "models.IntegerField(db_default=1)", INSERT),
    alter("longer", "title", "models.CharField(max_length=200)"),
    alter("shorter", "title", "models.CharField(max_length=60)", INSERT, only=POSTGRESQL),
    alter("char_to_text", "title", "models.TextField()"),
    alter("text_to_char", "body", "models.CharField(max_length=300)", INSERT, only=POSTGRESQL),
    alter("char_to_slug", "title", "models.SlugField(max_length=80)"),
    alter("slug_without_index", "slug", "models.SlugField(db_index=False)"),
    alter("char_to_email", "title", "models.EmailField(max_length=80)"),
    alter("small_to_int", "small", "models.IntegerField()"),
    alter("int_to_big", "size", "models.BigIntegerField()"),
    alter("big_to_int", "large", "models.IntegerField()", INSERT, only=POSTGRESQL),
    alter("int_to_small", "size", "models.SmallIntegerField()", INSERT, only=POSTGRESQL),
    alter("int_to_positive", "size", "models.PositiveIntegerField()"),
    alter("int_to_float", "size", "models.FloatField()", "note update", only=SQLITE, written="size=1e300"),
    alter("int_to_decimal", "size", "models.DecimalField(max_digits=12, decimal_places=2)"),
    alter("more_digits", "price", "models.DecimalField(max_digits=12, decimal_places=2)"),
    alter(
        "fewer_digits",
        "price",
        "models.DecimalField(max_digits=6, decimal_places=2)",
        INSERT,
        only=POSTGRESQL,
    ),
    alter("date_to_moment", "day", "models.DateTimeField()", written="day=now"),
    alter("moment_to_date", "made", "models.DateField()", "note select", "note update", only=SQLITE),
    alter("flag_to_null", "flag", "models.BooleanField(null=True)"),
    alter("json_default", "extra", "models.JSONField(null=True, default=dict)"),
    alter("unique", "large", "models.BigIntegerField(unique=True)"),
    alter("index", "size", "models.IntegerField(db_index=True)"),
    alter("default", "rank", "models.IntegerField(default=7)"),
    alter("choices", "rank", 'models.IntegerField(default=0, choices=[(0, "none")])'),
    alter("help_text", "rank", 'models.IntegerField(default=0, help_text="of it")'),
    alter("verbose_name", "rank", 'models.IntegerField("place", default=0)'),
    alter("blank", "title", "models.CharField(max_length=80, blank=True)"),
    alter("comment", "title", 'models.CharField(max_length=80, db_comment="of it")'),
    alter("db_default_added", "rank", "models.IntegerField(default=0, db_default=4)"),
    alter("db_default_changed", "filled", "models.IntegerField(db_default=6)"),
    alter("key_to_null", "author", 'models.ForeignKey("{app}.author", models.CASCADE, null=True)'),
    alter("key_on_delete", "author", 'models.ForeignKey("{app}.author", models.PROTECT)'),
    alter(
        "key_related_name", "author", 'models.ForeignKey("{app}.author", models.CASCADE, related_name="own")'
    ),
    alter(
        "key_without_constraint",
        "author",
        'models.ForeignKey("{app}.author", models.CASCADE, db_constraint=False)',
    ),
    alter("key_without_index", "author", 'models.ForeignKey("{app}.author", models.CASCADE, db_index=False)'),
    alter(
        "key_column",
        "author",
        'models.ForeignKey("{app}.author", models.CASCADE, db_column="by")',
        *NOTE,
        "author delete",
    ),
    alter("many_to_many", "tags", 'models.ManyToManyField("{app}.tag", related_name="notes")'),
    alter("uuid_default", "code", "models.UUIDField(null=True)"),
    alter(
        "int_to_char",
        "size",
        "models.CharField(max_length=20)",
        "note update",
        written="size='abc'",
        more=("note select",),
    ),
    alter(
        "flag_to_int",
        "flag",
        "models.IntegerField(default=0)",
        "note update",
        written="flag=71",
        more=("note insert", "note select"),
    ),
    # Since Django 6.0, inserts leave the column out on SQLite too.
    alter(
        "db_default_removed",
        "filled",
        "models.IntegerField(default=5)",
        INSERT,
        only=POSTGRESQL if django.VERSION < (6, 0) else "",
    ),
)
OF_MODELS = (
    other(
        "create",
        'migrations.CreateModel("New", [("id", models.BigAutoField(primary_key=True))])',
    ),
    other(
        "create_child",
        'migrations.CreateModel("Copy", [("id", models.BigAutoField(primary_key=True)), '
        '("note", models.ForeignKey("{app}.note", models.CASCADE))])',
    ),
    other(
        "create_inherited",
        'migrations.CreateModel("Page", [("note_ptr", models.OneToOneField("{app}.note", models.CASCADE, '
        'parent_link=True, primary_key=True))], bases=("{app}.note",))',
    ),
    other(
        "create_proxy", 'migrations.CreateModel("Plain", [], options={"proxy": True}, bases=("{app}.note",))'
    ),
    other(
        "create_unmanaged",
        'migrations.CreateModel("Abroad", [("id", models.BigAutoField(primary_key=True))], '
        'options={"managed": False})',
    ),
    other("delete_lone", 'migrations.DeleteModel("Lone")', {f"lone {s}" for s in EVERY.split()}),
    other(
        "delete_child",
        'migrations.DeleteModel("Comment")',
        {f"comment {s}" for s in EVERY.split()} | {"note delete"},
        "author delete",
    ),
    other("delete_proxy", 'migrations.DeleteModel("Shown")'),
    other("delete_unmanaged", 'migrations.DeleteModel("Outside")'),
    other("options", 'migrations.AlterModelOptions("note", {"ordering": ["title"]})'),
    other("managers", 'migrations.AlterModelManagers("note", [("objects", models.Manager())])'),
    other("table_comment", 'migrations.AlterModelTableComment("note", "of notes")'),
    other("order", 'migrations.AlterOrderWithRespectTo("comment", "note")', {"comment insert"}),
    other("unique_together", 'migrations.AlterUniqueTogether("note", {("title", "large")})'),
    other("add_index", 'migrations.AddIndex("note", models.Index(fields=["title"], name="{app}_x"))'),
    other("remove_index", 'migrations.RemoveIndex("note", "{app}_rank")'),
    other(
        "add_check",
        'migrations.AddConstraint("note", models.CheckConstraint(condition=~models.Q(title="bad"), '
        'name="{app}_bad"))',
    ),
    other(
        "add_unique",
        'migrations.AddConstraint("note", models.UniqueConstraint(fields=["title", "code"], name="{app}_u"))',
    ),
    other("remove_check", 'migrations.RemoveConstraint("note", "{app}_title")'),
)
OF_DATA = (
    other(
        "sql_null",
        'migrations.RunSQL("ALTER TABLE {app}_lone ADD COLUMN more integer", '
        '"ALTER TABLE {app}_lone DROP COLUMN more")',
    ),
    other(
        "sql_mandatory",
        'migrations.RunSQL("ALTER TABLE {app}_lone ADD COLUMN more integer NOT NULL DEFAULT 0", '
        '"ALTER TABLE {app}_lone DROP COLUMN more")',
    ),
    other(
        "sql_rename",
        'migrations.RunSQL("ALTER TABLE {app}_lone RENAME COLUMN word TO term", '
        '"ALTER TABLE {app}_lone RENAME COLUMN term TO word")',
        {"lone insert", "lone select", "lone update"},
    ),
    other(
        "sql_drop",
        'migrations.RunSQL("ALTER TABLE {app}_lone DROP COLUMN word", '
        "\"ALTER TABLE {app}_lone ADD COLUMN word varchar(20) DEFAULT '' NOT NULL\")",
        {"lone insert", "lone select", "lone update"},
    ),
    other(
        "sql_index", 'migrations.RunSQL("CREATE INDEX {app}_i ON {app}_lone (word)", "DROP INDEX {app}_i")'
    ),
    other("sql_update", "migrations.RunSQL(\"UPDATE {app}_lone SET word = 'z'\", migrations.RunSQL.noop)"),
    other(
        "python_moves_rows",
        "migrations.RunPython(forwards, migrations.RunPython.noop)",
        before='def forwards(apps, editor):\n    apps.get_model("{app}", "Note").objects.update(rank=3)',
    ),
    other(
        "python_inserts_rows",
        "migrations.RunPython(forwards, migrations.RunPython.noop)",
        before='def forwards(apps, editor):\n    apps.get_model("{app}", "Author").objects.create(name="x")',
    ),
    other(
        "python_drops_column",
        "migrations.RunPython(forwards, backwards)",
        {"lone insert", "lone select", "lone update"},
        before='def forwards(apps, editor):\n    model = apps.get_model("{app}", "Lone")\n'
        '    editor.remove_field(model, model._meta.get_field("word"))\n\n\n'
        'def backwards(apps, editor):\n    model = apps.get_model("{app}", "Lone")\n'
        "    editor.execute(\"ALTER TABLE {app}_lone ADD COLUMN word varchar(20) DEFAULT '' NOT NULL\")",
    ),
    other(
        "state_only",
        'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("note", "amount")])',
    ),
    other(
        "database_only",
        'migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("note", "amount")])',
        NOTE,
    ),
    other(
        "database_only_added",
        "migrations.SeparateDatabaseAndState(database_operations=["
        'migrations.AddField("note", "more", models.IntegerField(null=True))])',
    ),
)
CASES = (*ADDED, *REMOVED, *RENAMED, *ALTERED, *OF_MODELS, *OF_DATA)
