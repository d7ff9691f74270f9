"""Answer the opening question in full and store it beside this file: `python -m alliances.dashboard.default`."""

from alliances.dashboard.answers import DEFAULT, write_default

if __name__ == "__main__":
    found = write_default()
    print(f"{DEFAULT}: {found.runs} runs of {len(found.strategies)} strategies")
