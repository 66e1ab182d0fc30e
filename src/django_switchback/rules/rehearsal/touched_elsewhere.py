"""``touched-elsewhere``: code of the project reached for something that is no sandbox."""

from __future__ import annotations

from django_switchback.evidence import TouchedElsewhere
from django_switchback.rules.interface import DatabaseEvidence, Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.wording import count

SLUG = "touched-elsewhere"


def judge(target: TargetEvidence) -> Findings:
    """Speak once of all that the migration reached for, in whichever of its steps."""
    return (_finding(str(target.fact.id), target.touched),) if target.touched else ()


def judge_database(database: DatabaseEvidence) -> Findings:
    """Speak of what was reached for while the project was loaded, between two steps, and by no target."""
    groups: dict[str, list[TouchedElsewhere]] = {}
    for elsewhere in database.touched:
        groups.setdefault(_who(elsewhere), []).append(elsewhere)
    return tuple(_finding(who, tuple(groups[who])) for who in sorted(groups))


def _who(elsewhere: TouchedElsewhere) -> str:
    if elsewhere.migration is not None:
        return f"{elsewhere.migration}, which is no target,"
    return f"The project, {'while it is loaded' if elsewhere.moment == 'loading' else 'between two steps'},"


def _finding(who: str, touched: tuple[TouchedElsewhere, ...]) -> Finding:
    lines = _lines(touched)
    said = "; it ".join(_did(line[0], len(line) - 1) for line in lines)
    return Finding(
        rule=SLUG,
        severity="warning",
        message=f"{who} {said}.",
        phase="cycle" if touched[0].moment == "step" else "scratch",
        fix=(
            "Use Django's connection, and leave other systems to code that runs after the migration. Where "
            "it is meant, see what it does there: a rehearsal takes each step several times."
        ),
        evidence={
            "touched": [
                {
                    "kind": elsewhere.kind,
                    "address": elsewhere.address,
                    "refused": elsewhere.refused,
                    "place": elsewhere.place,
                }
                for line in lines
                for elsewhere in line
            ]
        },
    )


def _lines(touched: tuple[TouchedElsewhere, ...]) -> tuple[tuple[TouchedElsewhere, ...], ...]:
    """Return what one line of the project reached for together: it may name another file each time."""
    groups: dict[tuple[str, bool, str], dict[str, TouchedElsewhere]] = {}
    for elsewhere in touched:
        groups.setdefault((elsewhere.kind, elsewhere.refused, elsewhere.place), {}).setdefault(
            elsewhere.address, elsewhere
        )
    return tuple(tuple(groups[key].values()) for key in sorted(groups))


def _did(elsewhere: TouchedElsewhere, others: int) -> str:
    named = elsewhere.address + (f" and {count(others, 'other')}" if others else "")
    place = f" ({elsewhere.place})" if elsewhere.place else ""
    match elsewhere.kind, elsewhere.refused:
        case "database", True:
            return f"was refused a connection to {named}, a database that this run did not make{place}"
        case "database", False:
            return f"opened {named}, a database that this run did not make{place}"
        case "host", _:
            return f"connected to {named}{place}"
    return f"started the program {named}, which may reach anything{place}"


RULE = Rule(
    slug=SLUG,
    group="rehearsal",
    severity="warning",
    condition=(
        "A migration, or the project while it is loaded, reaches for a database, a host or a program that is "
        "no sandbox. Databases of the project are refused before they are connected to, and so is whatever "
        "psycopg is asked for elsewhere."
    ),
    effect="What it does there is done for real, as often as the rehearsal takes the step.",
    remedy=(
        "Use Django's connection, which leads to the sandbox. What must reach elsewhere belongs in a command "
        "or a task of its own."
    ),
    bad="""\
def forward(apps, schema_editor):
    subprocess.run(["psql", "-h", "db.example.org", "-c", "REFRESH MATERIALIZED VIEW totals"])
""",
    good="""\
def forward(apps, schema_editor):
    schema_editor.execute("REFRESH MATERIALIZED VIEW totals")
""",
    judge=judge,
    judge_database=judge_database,
)
