"""One object of every kind, what may happen to each, and what is the same spelt otherwise."""

from __future__ import annotations

from typing import TypeAlias

from ..support import Short

Case: TypeAlias = tuple[str, tuple[Short, ...]]

LIBRARY = """
CREATE TABLE author (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name varchar(50) NOT NULL COLLATE NOCASE, email text);
CREATE TABLE "book" ("id" integer NOT NULL PRIMARY KEY, "title" varchar(100) DEFAULT 'it''s' NOT NULL UNIQUE,
    "pages" integer unsigned NULL CHECK ("pages" >= 0), "price" decimal,
    "twice" integer GENERATED ALWAYS AS ("pages" * 2) STORED,
    "thrice" integer AS (pages * 3),
    "author_id" bigint NOT NULL REFERENCES "author" ("id") DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT "book_price" CHECK ("price" > 0.5 AND "title" <> 'a,b)'),
    CONSTRAINT "book_pair" UNIQUE ("author_id", "pages"));
CREATE TABLE "odd ""name"" %s" ("a,b" text, "order" integer,
    [group] blob DEFAULT x'00ff', `x y` real DEFAULT -1.5);
CREATE TABLE slim (a text NOT NULL, b integer NOT NULL, PRIMARY KEY (b, a)) WITHOUT ROWID;
CREATE TABLE firm (a integer, b any) STRICT;
CREATE INDEX book_pages ON book (pages DESC, lower(title)) WHERE pages > 1;
CREATE UNIQUE INDEX author_email ON author (email COLLATE NOCASE);
CREATE VIEW cheap AS SELECT id, title FROM book WHERE price < 10;
CREATE TRIGGER touch AFTER UPDATE ON book BEGIN UPDATE author SET email = NULL; DELETE FROM slim; END;
"""


def single(change: str, kind: str, name: str, what: str = "missing", attribute: str | None = None) -> Case:
    """Return the case of a change that is exactly one difference."""
    return (change, ((kind, name, what, attribute),))


def differs(change: str, kind: str, name: str, attribute: str) -> Case:
    """Return the case of a change of one attribute."""
    return single(change, kind, name, "different", attribute)


CHANGES = (
    single("CREATE TABLE more (id integer PRIMARY KEY, x integer UNIQUE)", "table", "more", "extra"),
    single("DROP TABLE slim", "table", "slim"),
    single("ALTER TABLE author ADD COLUMN more integer", "column", "author.more", "extra"),
    single("ALTER TABLE book DROP COLUMN thrice", "column", "book.thrice"),
    single("DROP INDEX book_pages", "index", "book_pages"),
    single("CREATE INDEX more ON book (price)", "index", "more", "extra"),
    single(
        "DROP INDEX author_email;\nCREATE UNIQUE INDEX other ON author (email COLLATE NOCASE)",
        "index",
        "author_email",
        "renamed",
    ),
    differs(
        "DROP INDEX author_email;\nCREATE INDEX author_email ON author (email COLLATE NOCASE)",
        "index",
        "author_email",
        "unique",
    ),
    differs(
        "DROP INDEX author_email;\nCREATE UNIQUE INDEX author_email ON author (email)",
        "index",
        "author_email",
        "definition",
    ),
    differs(
        "DROP INDEX book_pages;\nCREATE INDEX book_pages ON book (pages, lower(title)) WHERE pages > 1",
        "index",
        "book_pages",
        "definition",
    ),
    differs(
        "DROP INDEX book_pages;\nCREATE INDEX book_pages ON book (pages DESC, lower(title)) WHERE pages > 2",
        "index",
        "book_pages",
        "where",
    ),
    differs(
        "DROP INDEX book_pages;\nCREATE INDEX book_pages ON book (pages DESC, lower(title))",
        "index",
        "book_pages",
        "where",
    ),
    single("DROP VIEW cheap", "view", "cheap"),
    differs(
        "DROP VIEW cheap;\nCREATE VIEW cheap AS SELECT id FROM book WHERE price < 10",
        "view",
        "cheap",
        "definition",
    ),
    single("DROP TRIGGER touch", "trigger", "book.touch"),
    differs(
        "DROP TRIGGER touch;\nCREATE TRIGGER touch AFTER UPDATE ON book BEGIN DELETE FROM slim; END",
        "trigger",
        "book.touch",
        "definition",
    ),
    (
        'DROP INDEX book_pages;\nCREATE INDEX  Other on BOOK ("pages" desc, LOWER([title])) where `pages`>1',
        (("index", "book_pages", "renamed", None),),
    ),
    (
        'DROP VIEW cheap;\nCREATE VIEW cheap as select "id", title -- x\n from book /* x */ where price<10',
        (),
    ),
)
"""Statements, and the one difference that each makes."""


def column(text: str, other: str, attribute: str) -> tuple[str, str, Short]:
    """Return the case of two ways to say a column that differ in one attribute."""
    return (
        f"CREATE TABLE t (z, a {text})",
        f"CREATE TABLE t (z, a {other})",
        ("column", "t.a", "different", attribute),
    )


def constraint(name: str, text: str, other: str, attribute: str) -> tuple[str, str, Short]:
    """Return the case of two ways to say a constraint that differ in one attribute."""
    start = "CREATE TABLE t (a integer, b integer, "
    return f"{start}{text})", f"{start}{other})", ("constraint", f"t.{name}", "different", attribute)


_REFERS = "FOREIGN KEY (a) REFERENCES author (id)"
TABLES = (
    column("varchar(10)", "varchar(20)", "type"),
    column("integer", "integer NOT NULL", "not null"),
    column("integer DEFAULT 1", "integer DEFAULT 2", "default"),
    column("text DEFAULT '1'", "text DEFAULT 1", "default"),
    column("text DEFAULT 'A'", "text DEFAULT 'a'", "default"),
    column("text", "text COLLATE NOCASE", "collation"),
    column("integer AS (1 + 1)", "integer AS (1 + 2)", "generated"),
    column("integer AS (1 + 1)", "integer AS (1 + 1) STORED", "generated"),
    constraint("c", "CONSTRAINT c CHECK (a > 0)", "CONSTRAINT c CHECK (a > 1)", "definition"),
    constraint("c", "CONSTRAINT c CHECK (a <> 'x')", "CONSTRAINT c CHECK (a <> 'X')", "definition"),
    constraint("c", "CONSTRAINT c UNIQUE (a)", "CONSTRAINT c UNIQUE (a, b)", "definition"),
    constraint("primary key (a)", "PRIMARY KEY (a)", "PRIMARY KEY (a DESC)", "definition"),
    constraint("foreign key (a)", _REFERS, _REFERS.replace("author", "book"), "definition"),
    constraint("foreign key (a)", _REFERS, f"{_REFERS} ON DELETE CASCADE", "on delete"),
    constraint("foreign key (a)", _REFERS, f"{_REFERS} ON UPDATE SET NULL", "on update"),
    constraint("foreign key (a)", _REFERS, f"{_REFERS} DEFERRABLE INITIALLY DEFERRED", "deferrable"),
    (
        "CREATE TABLE t (a integer PRIMARY KEY)",
        "CREATE TABLE t (a integer PRIMARY KEY AUTOINCREMENT)",
        ("constraint", "t.primary key (a)", "different", "autoincrement"),
    ),
    (
        "CREATE TABLE t (a integer PRIMARY KEY)",
        "CREATE TABLE t (a integer PRIMARY KEY) STRICT",
        ("table", "t", "different", "strict"),
    ),
    (
        "CREATE TABLE t (a integer PRIMARY KEY)",
        "CREATE TABLE t (a integer PRIMARY KEY) WITHOUT ROWID",
        ("table", "t", "different", "without rowid"),
    ),
    (
        "CREATE TABLE t (a integer, CONSTRAINT c CHECK (a > 0))",
        "CREATE TABLE t (a integer, CONSTRAINT d CHECK (a > 0))",
        ("constraint", "t.c", "renamed", None),
    ),
    (
        "CREATE TABLE t (a integer UNIQUE)",
        "CREATE TABLE t (a integer)",
        ("constraint", "t.unique (a)", "missing", None),
    ),
)
"""Two tables, and the one difference between them."""

SAME = (
    ("CREATE TABLE t (a integer, b text)", 'create table "t" ("b" TEXT, /* first */ [a]  INTEGER NULL)'),
    ("CREATE TABLE t (a integer UNIQUE)", "CREATE TABLE t (a integer, UNIQUE (a))"),
    ("CREATE TABLE t (a integer PRIMARY KEY)", "CREATE TABLE t (a integer, PRIMARY KEY (a ASC))"),
    ("CREATE TABLE t (a integer CHECK (a > 0))", 'CREATE TABLE t (a integer, CHECK ("a">0))'),
    ("CREATE TABLE t (a integer DEFAULT 1)", "CREATE TABLE t (a integer DEFAULT (1))"),
    ("CREATE TABLE t (a text DEFAULT 'x')", 'CREATE TABLE t (a text DEFAULT "x")'),
    ("CREATE TABLE t (a text COLLATE BINARY)", "CREATE TABLE t (a text)"),
    (
        "CREATE TABLE t (a integer REFERENCES author (id) ON DELETE NO ACTION NOT DEFERRABLE)",
        "CREATE TABLE t (a integer, FOREIGN KEY ([a]) REFERENCES author (id) DEFERRABLE INITIALLY IMMEDIATE)",
    ),
    (
        "CREATE TABLE t (a integer, CONSTRAINT c CHECK (a > 0), CONSTRAINT d UNIQUE (a))",
        "CREATE TABLE t (a integer, CONSTRAINT d UNIQUE (a) CONSTRAINT c CHECK (a > 0))",
    ),
    (
        "CREATE TABLE t (a integer NOT NULL UNIQUE)",
        "CREATE TABLE n (a integer CONSTRAINT x NOT NULL UNIQUE);\nALTER TABLE n RENAME TO t",
    ),
    (
        "CREATE TABLE t (z, a integer AS (1 + 1))",
        "CREATE TABLE t (z, a integer GENERATED ALWAYS AS (1+1) VIRTUAL)",
    ),
)
"""Two ways to write one table."""
