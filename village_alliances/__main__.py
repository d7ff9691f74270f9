"""`python -m village_alliances`: the command `alliances`."""

import sys

from village_alliances.interface.cli import main

if __name__ == "__main__":
    sys.exit(main())
