"""One door: the window (default), --demo, --headless, --once and the small commands."""

from __future__ import annotations

import sys

from desktop.doors.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
