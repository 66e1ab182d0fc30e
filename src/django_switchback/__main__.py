"""``python -m django_switchback`` is the command ``switchback``."""

import sys

from django_switchback.cli import main

if __name__ == "__main__":
    sys.exit(main())
