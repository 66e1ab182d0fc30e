#!/usr/bin/env python
"""Check the workflows of this repository, and those that ``switchback init`` writes.

Their form is checked by schemas, and by zizmor what makes them unsafe.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = {
    "github-workflows": ".github/workflows/*.yml",
    "github-actions": "action.yml",
    "gitlab-ci": ".gitlab/*.yml",
}
"""Files by the schemas that check-jsonschema ships."""
PINS = "rules: {unpinned-uses: {config: {policies: {'*': ref-pin}}}}\n"
"""Whoever adopts the suite pins actions as they like: by their tags at first."""


def main() -> None:
    """Run the linters; the first that finds something ends with its status."""
    with tempfile.TemporaryDirectory() as name:
        adopted = Path(name)
        for path, text in {"manage.py": "", ".gitlab-ci.yml": "", ".github/zizmor.yml": PINS}.items():
            (adopted / path).parent.mkdir(exist_ok=True)
            (adopted / path).write_text(text)
        run("switchback", "init", name)
        for root in (ROOT, adopted):
            unsafe = filter(Path.exists, (root / ".github", root / "action.yml"))
            run("zizmor", "--offline", "--quiet", *map(str, unsafe))
            for schema, pattern in SCHEMAS.items():
                if files := sorted(map(str, root.glob(pattern))):
                    run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files)


def run(*words: str) -> None:
    """Run a command of this environment; its output is shown if it fails."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
