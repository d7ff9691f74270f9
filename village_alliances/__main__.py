"""`python -m village_alliances`: the command `alliances`."""

from village_alliances.interface.cli import command

if __name__ == "__main__":
    command()
