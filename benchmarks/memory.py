"""What the rehearsal holds in memory where there are many tables: 2000 models, two targets, PostgreSQL.

The app is made up: one migration creates all models, of each ten of which nine refer to the first, and two
small ones add a column and an index. ``python benchmarks/memory.py [MODELS [DATABASE]]`` samples the
proportional set size of the whole process tree (servers included) and the files in memory, and prints the
highest sum, which is to be at most 1024 MiB.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
from scaling import KEY, MANAGE, ROOT, SETTINGS
from spent import steady

MODELS = 2000
AT_MOST = 1024
GROUP = 10
"""So many models form a group; all of it refer to its first one."""
EVERY_SECONDS = 1.0
MIB = 2**20


def generate(folder: Path, models: int) -> None:
    """Write a project with one app of ``models`` models and three migrations."""
    migrations = folder / "grown" / "migrations"
    migrations.mkdir(parents=True)
    (folder / "settings.py").write_text(SETTINGS)
    (folder / "manage.py").write_text(MANAGE)
    (folder / "grown" / "__init__.py").touch()
    (migrations / "__init__.py").touch()
    (folder / "grown" / "models.py").write_text(
        "from django.db import models\n\n\n" + "\n\n".join(map(_model, range(models)))
    )
    created = [f'migrations.CreateModel("Model{number}", [{_fields(number)}])' for number in range(models)]
    added = 'migrations.AddField("Model0", "added", models.IntegerField(null=True))'
    index = 'migrations.AddIndex("Model1", models.Index(fields=["title"], name="grown_title"))'
    for number, operations in enumerate((created, [added], [index]), start=1):
        parent = f'("grown", "{number - 1:04}_step")' if number > 1 else ""
        (migrations / f"{number:04}_step.py").write_text(
            "from django.db import migrations, models\n\n\n"
            "class Migration(migrations.Migration):\n"
            f"    dependencies = [{parent}]\n"
            "    operations = [\n        " + ",\n        ".join(operations) + ",\n    ]\n"
        )


def _columns(number: int) -> dict[str, str]:
    first = number // GROUP * GROUP
    refers = f'models.ForeignKey("grown.Model{first}", models.CASCADE, null=True)'
    return {
        **({"first": refers} if number != first else {}),
        "title": "models.CharField(max_length=50)",
        "slug": "models.SlugField()",
        "body": "models.TextField()",
        "made": "models.DateTimeField()",
    }


def _fields(number: int) -> str:
    return ", ".join(f'("{name}", {field})' for name, field in {"id": KEY, **_columns(number)}.items())


def _model(number: int) -> str:
    columns = _columns(number) | ({"added": "models.IntegerField(null=True)"} if number == 0 else {})
    lines = [f"class Model{number}(models.Model):", *(f"    {name} = {it}" for name, it in columns.items())]
    if number == 1:
        index = 'models.Index(fields=["title"], name="grown_title")'
        lines += ["", "    class Meta:", f"        indexes = [{index}]"]
    return "\n".join([*lines, ""])


def sample(root: psutil.Process) -> Counter[str]:
    """Return how many MiB the processes below ``root`` hold now by kind, and the files in memory."""
    found: Counter[str] = Counter()
    for process in [root, *root.children(recursive=True)]:
        with suppress(psutil.Error):
            words = process.cmdline()
            found[_kind(words)] += process.memory_full_info().pss
            if "-D" in words:
                data = Path(words[words.index("-D") + 1])
                found["files in memory"] += _files_in_memory(data)
    return Counter({kind: size // MIB for kind, size in found.items()})


def _kind(words: list[str]) -> str:
    if words and "postgres" in words[0]:
        return "postgresql"
    return "workers" if "django_switchback.worker" in words else "coordinator"


def _files_in_memory(folder: Path) -> int:
    """Return how much of the machine's memory a server's data folder holds."""
    if not folder.is_relative_to("/dev/shm"):
        return 0
    listed = subprocess.run(["du", "-s", "-B1", str(folder)], capture_output=True, text=True, check=False)
    # What goes while it is looked at is not counted.
    return int(listed.stdout.split()[0]) if listed.stdout else 0


def rehearse(project: Path, database: str) -> tuple[int, Counter[str], float]:
    """Rehearse the last two migrations of ``project``; return its status, its largest sample and seconds."""
    words = ["scripts/test_migrations.py", "--project", str(project), "--settings", "settings"]
    words += ["--last", "2", "--database", database, "--app", "grown", "--verbose", "--timeout", "900"]
    began = time.monotonic()
    largest: Counter[str] = Counter()
    with subprocess.Popen(
        [sys.executable, *words, *sys.argv[3:]],
        cwd=ROOT,
        env=steady(),
    ) as run:
        root = psutil.Process(run.pid)
        while run.poll() is None:
            with suppress(psutil.NoSuchProcess):
                now = sample(root)
                if now.total() > largest.total():
                    largest = now
                print(f"{time.monotonic() - began:6.1f} s {now.total():5} MiB {dict(now)}", file=sys.stderr)
            time.sleep(EVERY_SECONDS)
    return run.returncode, largest, time.monotonic() - began


def main() -> None:
    """Print the largest sum and what it consists of; fail where it is more than :data:`AT_MOST`."""
    models = int(sys.argv[1]) if len(sys.argv) > 1 else MODELS
    database = sys.argv[2] if len(sys.argv) > 2 else "postgresql"
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder), models)
        status, largest, seconds = rehearse(Path(folder), database)
    parts = ", ".join(f"{kind} {size}" for kind, size in largest.most_common())
    print(
        f"{models} models on {database}: status {status}, {seconds:.0f} s, "
        f"at most {largest.total()} MiB ({parts}; wanted: at most {AT_MOST})"
    )
    sys.exit(status != 0 or largest.total() > AT_MOST)


if __name__ == "__main__":
    main()
