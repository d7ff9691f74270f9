"""Commands killed at random moments by their process id: what is in the folder is whole or not
there, and the same command again ends with the same bytes. `make soak` ends with it.

    python -m benchmarks.kills --kills 4 --seed 1

Half of the kills are SIGKILL, which leaves no chance to tidy up; half SIGTERM, which must end with
exit code 130. Only processes that were started here are killed, each by its id. Any other end is
printed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from village_alliances.sim.files import is_unfinished

COMMANDS = {
    "sweep": "sweep {sweep} --workers 1",
    "compare": "compare jinxi --runs 8 --strategies none,culture",
    "propose": "propose jinxi --effort 1 --runs 20 --strategies strong_leads_weak",
    "calibrate": "calibrate --sets 256",
    "inquire": "inquire jinxi --runs 20 --strategies strong_leads_weak",
}
SWEEP = """scenarios = ["jinxi"]
strategies = ["none", "strong_leads_weak"]
replicates = 1000
runs_a_part = 16
years = 2
"""
KEPT = ("manifest.json", "parts", "inputs", "log", "search", "stage")  # what a command resumes from
INTERRUPTED = 130


def start(words: str, out: Path) -> subprocess.Popen[bytes]:
    """A command in a process of its own, its output thrown away."""
    command = [sys.executable, "-m", "village_alliances", *words.split(), "--out", str(out)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def contents(out: Path) -> dict[str, str]:
    """Hash of every finished file, by path; the log, in which there is time, is left out."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
        and path.relative_to(out).parts[0] != "log"
        and not any(is_unfinished(part) for part in (path, *path.parents))
    }


def for_users(files: dict[str, str]) -> dict[str, str]:
    """Those of them that are not for the command itself to go on from."""
    return {name: digest for name, digest in files.items() if not name.startswith(KEPT)}


def is_whole(out: Path, whole: dict[str, str]) -> bool:
    """Whether nothing is there, or all of it; a search that was asked to stop writes the best that
    it had, and says so."""
    files = for_users(contents(out)) if out.exists() else {}
    if not files or files == for_users(whole):
        return True
    proposal = out / "proposal.json"
    return (
        files.keys() == for_users(whole).keys()
        and proposal.exists()
        and json.loads(proposal.read_text(encoding="utf-8"))["hunt"]["stopped"]
    )


def strike(
    words: str, whole: dict[str, str], seconds: float, kills: int, dice: random.Random
) -> tuple[int, list[str]]:
    """Kill a command so many times on one folder, then run it to its end: how many kills met it
    at work, and what was wrong. `whole`: what it writes undisturbed in so many `seconds`."""
    met, wrong = 0, []
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "out"
        for kill in range(kills):
            command = start(words, out)
            time.sleep(dice.uniform(0.0, seconds))
            met += command.poll() is None
            command.send_signal(signal.SIGTERM if kill % 2 else signal.SIGKILL)
            code = command.wait()
            if kill % 2 and code not in (
                0,
                INTERRUPTED,
                -signal.SIGTERM,
            ):  # the last: no Python yet
                wrong.append(f"kill {kill}: exit code {code}")
            if not is_whole(out, whole):
                wrong.append(f"kill {kill}: {sorted(for_users(contents(out)))} are no whole set")
        code = start(words, out).wait()
        if code or for_users(contents(out)) != for_users(whole):
            wrong.append(f"not the same after its end (exit code {code})")
        if any(is_unfinished(path) for path in out.rglob("*")):
            wrong.append("something unfinished is left")
    return met, wrong


def main() -> int:
    """Strike every command; figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=4, help="of each command")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--commands", default=",".join(COMMANDS))
    options = parser.parse_args()
    dice, seen = random.Random(options.seed), {}
    with tempfile.TemporaryDirectory() as place:
        sweep = Path(place) / "sweep.toml"
        sweep.write_text(SWEEP, encoding="utf-8")
        for name in options.commands.split(","):
            words, out = COMMANDS[name].format(sweep=sweep), Path(place) / name
            began = time.monotonic()
            code = start(words, out).wait()
            seconds = time.monotonic() - began
            met, wrong = strike(words, contents(out), seconds, options.kills, dice)
            wrong += [f"undisturbed: exit code {code}"] if code else []
            seen[name] = {"kills": options.kills, "at_work": met, "wrong": wrong}
            print(name, seen[name], file=sys.stderr, flush=True)
    print(json.dumps(seen, indent=1))
    return 1 if any(end["wrong"] for end in seen.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
