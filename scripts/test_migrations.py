#!/usr/bin/env python
"""Rehearse the migrations of a Django project: the command ``switchback``, from a checkout.

Works without an installation of Switchback itself: its dependencies have to be there.
"""

import importlib.util
import sys
from pathlib import Path

if importlib.util.find_spec("django_switchback") is None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

if __name__ == "__main__":
    from django_switchback.cli import main

    sys.exit(main())
