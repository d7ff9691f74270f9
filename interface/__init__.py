"""What people see: the command `alliances` (cli.py, commands/) and the page it opens
(dashboard/). No arithmetic here."""

if not __name__.startswith("village_alliances."):  # a second copy of every module would be loaded
    raise ImportError(
        "write `from village_alliances import interface`: interface/ is a part of village_alliances"
    )
