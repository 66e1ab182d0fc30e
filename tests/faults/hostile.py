"""Faults: migrations that do what they like to their process, to the run, to what is reported of them."""

from __future__ import annotations

from typing import Any

from .case import Case, Expectation
from .expectations import no_rule, reason, rule, run_is, verdict
from .projects import NOOP, acting

_neighbour = verdict("others", "passed")
_first = verdict("things.0001_initial", "passed")
_HEAD = """
import ctypes, signal, subprocess, threading
from django.db import transaction

class Odd(BaseException): pass

class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no words")
    __repr__ = __str__
"""
_LOG = "os.environ['SWITCHBACK_WORKER']"
_ORPHAN = """
words = [sys.executable, '-c', 'import time; time.sleep(600) #@TOKEN@']
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 256)
        os.execve(sys.executable, words, {})
    os._exit(0)
os.wait()
"""
_CHILDREN = """
words = [sys.executable, '-c', 'import time; time.sleep(600) #@TOKEN@']
subprocess.Popen(words)
subprocess.Popen(words, start_new_session=True)
subprocess.Popen(words, env={})
subprocess.Popen(words, env={}, start_new_session=True)
"""


_FIRST = """
def first():
    pid = os.getpid()
    while True:
        stat = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
        if "\\0django_switchback" not in open(f"/proc/{stat[1]}/cmdline").read():
            return pid
        pid = int(stat[1])
"""


def _one_way(direction: str, act: str) -> dict[str, Any]:
    return {direction: act}


def _both_ways(
    name: str, act: str, *expects: Expectation, status: tuple[int, ...] = (1,), **more: Any
) -> tuple[Case, Case]:
    """Return two cases: a migration that does ``act`` on its way forward, and one in its rollback."""
    values: dict[str, Any] = {"head": _HEAD, "attributes": more.pop("attributes", "")}
    return (
        Case(
            name=f"a migration {name}",
            project=acting(act, **values),
            status=status,
            expects=(*expects, _neighbour, _first),
            **more,
        ),
        Case(
            name=f"a rollback {name}",
            project=acting(back=act, **values),
            status=status,
            expects=(*expects, _neighbour, _first, verdict("things.0003", "passed")),
            **more,
        ),
    )


_FAILED = verdict("things.0002_acts", "failed")
_PASSED = verdict("things.0002_acts", "passed")
_died = (_FAILED, rule("things.0002_acts", "worker-died"))
_raised = (_FAILED, rule("things.0002_acts", "forward-fails", "rollback-fails"))

PROCESS = (
    *_both_ways("ends its process", "os._exit(3)", *_died),
    *_both_ways("crashes", "ctypes.string_at(0)", *_died),
    *_both_ways("kills its process", "os.kill(os.getpid(), 9)", *_died),
    *_both_ways(
        "never ends",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(1)",
        _FAILED,
        rule("things.0002_acts", "timed-out"),
        words=("--timeout", "4"),
    ),
    *_both_ways("raises what is no Exception", "raise Odd('on purpose')", *_raised),
    *_both_ways("exits with status 0", "sys.exit(0)", *_raised),
    *_both_ways("raises KeyboardInterrupt", "raise KeyboardInterrupt", *_raised),
    *_both_ways("raises what cannot be printed", "raise Unspeakable", *_raised),
    *_both_ways("raises a text with a lone surrogate", "raise RuntimeError('\\udcff\\ud800')", *_raised),
    *_both_ways("closes every descriptor", "os.closerange(0, 256)", *_raised),
    *_both_ways("recurses without end", "def deeper(): deeper()\ndeeper()", *_raised),
    *_both_ways(
        "takes more memory than there is",
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2 ** 30, 2 ** 30))\n[bytearray(2 ** 26) for _ in range(99)]",
        _FAILED,
    ),
    *_both_ways(
        "leaves a transaction open",
        "cursor.execute('BEGIN')\napps.get_model('things', 'Thing').objects.create()",
        *_raised,
        attributes="atomic = False",
    ),
    *_both_ways(
        "takes autocommit away",
        "editor.connection.set_autocommit(False)\napps.get_model('things', 'Thing').objects.create()",
        *_raised,
        attributes="atomic = False",
    ),
    *_both_ways(
        "floods its output",
        "for _ in range(3000):\n    print('x' * 300)\n    print('y' * 300, file=sys.stderr)",
        _PASSED,
        status=(0,),
    ),
    *_both_ways("reads standard input", "assert sys.stdin.read() == ''", _PASSED, status=(0,)),
    *_both_ways("goes to another folder", "os.chdir('/')", _PASSED, status=(0,)),
    *_both_ways(
        "ignores signals and sets an alarm",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.setitimer(signal.ITIMER_REAL, 0.3)",
        _PASSED,
        status=(0,),
    ),
    *_both_ways(
        "leaves a thread running",
        "threading.Thread(target=time.sleep, args=(600,)).start()",
        verdict("things.0002_acts", "passed", "failed"),
        status=(0, 1),
    ),
    *_both_ways("leaves children running", _CHILDREN, _PASSED, status=(0,)),
    *_both_ways("leaves a daemon with an empty environment", _ORPHAN, _PASSED, status=(0,)),
)

_NOT_PASSED = verdict("things.0002_acts", "failed", "error", "skipped")

RUN = (
    # The log is repaired: nothing of what proves a pass is lost.
    *_both_ways("truncates the worker's log", f"os.truncate({_LOG}, 0)", _PASSED, status=(0,), limit=60.0),
    *_both_ways("removes the worker's log", f"os.unlink({_LOG})", _PASSED, status=(0,), limit=60.0),
    *_both_ways(
        "writes nonsense into the worker's log",
        f"open({_LOG}, 'a').write('nonsense\\n')",
        _PASSED,
        status=(0,),
    ),
    # With the folder go the logs of all workers, or the databases themselves: nothing is proven any more.
    *(
        Case(
            name=f"a {way} {said}",
            project=acting(**_one_way(direction, f"import shutil\n{act}")),
            status=(3,),
            expects=(run_is("error"),),
            limit=60.0,
        )
        for way, direction in (("migration", "forth"), ("rollback", "back"))
        for said, act in (
            ("removes the folder of the run", f"shutil.rmtree(os.path.dirname({_LOG}), ignore_errors=True)"),
            (
                "empties the folder of temporary files",
                (
                    "for name in os.listdir(os.environ['TMPDIR']):\n"
                    "    shutil.rmtree(os.path.join(os.environ['TMPDIR'], name), ignore_errors=True)"
                ),
            ),
        )
    ),
    *(
        Case(
            name=f"a {way} {said} the coordinator",
            project=acting(head=_HEAD + _FIRST, **_one_way(direction, f"{act}\ntime.sleep(5)")),
            status=status,
            words=("--jobs", "1"),
            sweeps=True,
        )
        for way, direction in (("migration", "forth"), ("rollback", "back"))
        for said, act, status in (
            ("kills", "os.kill(first(), 9)", (-9,)),
            ("stops", "os.kill(first(), 15)", (143,)),
        )
    ),
)

HONESTY = (
    Case(
        name="a rollback raises only where migrate is not among the arguments",
        project=acting(back="if 'migrate' not in sys.argv:\n    raise RuntimeError('only here')"),
        status=(1, 3),
        expects=(_NOT_PASSED, _neighbour),
    ),
    Case(
        name="a migration raises only where migrate is not among the arguments",
        project=acting("if 'migrate' not in sys.argv:\n    raise RuntimeError('only here')"),
        status=(1, 3),
        expects=(_NOT_PASSED, _neighbour),
    ),
    *(
        Case(
            name=f"a rollback fails the {number}. time alone",
            project=acting(
                back=(
                    "with open('@ROOT@/count', 'a+') as file:\n"
                    "    file.seek(0)\n"
                    "    count = len(file.read()) + 1\n"
                    "    file.write('x')\n"
                    f"if count == {number}:\n"
                    "    raise RuntimeError('this once')"
                )
            ),
            words=("--jobs", "1"),
            status=(1, 3),
            expects=(_NOT_PASSED, _neighbour),
        )
        for number in (1, 2)
    ),
    *(
        Case(
            name=f"a migration sends statements and changes no row, {database}",
            project=acting(
                plain=True,
                operations=(f"migrations.RunPython(forth, {NOOP})",),
                forth="apps.get_model('things', 'Thing').objects.filter(pk=-7).delete()",
            ),
            databases=(database,),
            status=(1,),
            expects=(
                verdict("things.0002_acts", "skipped"),
                rule("things.0002_acts", "changed-no-row"),
                _neighbour,
            ),
        )
        for database in ("sqlite", "postgresql-15")
    ),
    Case(
        name="a migration does nothing on SQLite and is rehearsed on PostgreSQL",
        project=acting(
            plain=True,
            operations=("migrations.RunPython(forth, back)",),
            forth=(
                "if editor.connection.vendor == 'postgresql':\n"
                "    cursor.execute('CREATE INDEX only_there ON things_thing (id)')"
            ),
            back="if editor.connection.vendor == 'postgresql':\n    cursor.execute('DROP INDEX only_there')",
        ),
        databases=("sqlite", "postgresql-15"),
        expects=(_PASSED, reason("things.0002_acts", "does nothing on sqlite"), no_rule("changed-no-row")),
    ),
    Case(
        name="edge rows break a rollback that loses typical rows too",
        project=acting(
            operations=(
                "migrations.AddField('thing', 'word', models.CharField(max_length=20, default='word'))",
                "migrations.RunPython(forth, back)",
            ),
            plain=True,
            forth="pass",
            back=(
                "cursor.execute('SELECT count(*) FROM things_thing WHERE id > 2000000000')\n"
                "if cursor.fetchone()[0]:\n"
                "    raise RuntimeError('too large')\n"
                "cursor.execute('UPDATE things_thing SET id = id + 500')"
            ),
            settings="",
        ),
        databases=("postgresql-15",),
        status=(1,),
        expects=(verdict("things.0002_acts", "failed"), _neighbour),
    ),
)

_ACTING = "\\x1b[31mred\\x1b]0;title\\x07\\r\\n::error file=a.py::boom\\n##[error]boom <script>alert(1)</script>\\u202e"

TEXTS = (
    Case(
        name="an exception's text has escapes, workflow commands and markup",
        project=acting(f"print({_ACTING!r})\nraise RuntimeError('{_ACTING}')"),
        status=(1,),
        words=("--verbose",),
        expects=(
            verdict("things.0002_acts", "failed"),
            Expectation(
                "nothing of it acts",
                lambda seen: "; ".join(
                    f"{name} holds {text!r}"
                    for name, output in (("stdout", seen.out), ("stderr", seen.err))
                    for text in ("\x1b", "\x07", "\n::error", "\u202e")
                    if text in output
                ),
            ),
        ),
    ),
    Case(
        name="a migration forges records of steps that went well",
        project=acting(
            back=(
                f"log = {_LOG}\n"
                "lines = open(log).read().splitlines()\n"
                "started = [line for line in lines if 'step-started' in line][-1]\n"
                "forged = started.replace('step-started', 'step-finished')[:-1] + ',\"outcome\":\"ok\",\"seconds\":0.1}'\n"
                "open(log, 'a').write(forged + '\\n')\n"
                "raise RuntimeError('on purpose')"
            )
        ),
        status=(1, 3),
        expects=(_NOT_PASSED, _neighbour),
    ),
)

CASES = (*PROCESS, *RUN, *HONESTY, *TEXTS)
