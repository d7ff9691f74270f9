"""Seconds and memory that hostile inputs cost before they are refused: tables that swell, files
that are none, sweeps beyond any machine.

    python -m benchmarks.bounds

Each is given to its command in a process of its own. Where one is not refused in words (exit code
2), or costs more than MOST_SECONDS or MOST_MB, the exit code is 1.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl

MOST_SECONDS, MOST_MB = 20.0, 600.0
REFUSED = 2
HIGHEST = re.compile(r"VmHWM:\s+([0-9]+) kB")
SWEEP = 'scenarios = ["jinxi"]\nstrategies = ["none"]\n'
SWEEPS = {
    "9e8 replicates, one a part": "replicates = 900000000\nruns_a_part = 1\n",
    "3000 x 3000 settings of levers": (
        "[levers]\ngrant_per_village = {low = 0, high = 100000, steps = 3000}\n"
        "grant_years = {low = 1, high = 6, steps = 3000}\n"
    ),
    "1e21 points": (
        'design = "latin"\npoints = 1000000000000000000000\n[uncertainties]\nnoise_sd = "prior"\n'
    ),
    "1e8 trajectories of Morris": (
        'design = "morris"\npoints = 100000000\n[uncertainties]\nnoise_sd = "prior"\n'
    ),
    "2^40 points of Sobol": (
        'design = "sobol"\npoints = 1099511627776\n[uncertainties]\nnoise_sd = "prior"\n'
    ),
    "tables 5,000 deep": "a = " + "[" * 5000 + "]" * 5000 + "\n",
    "a number of 100,000 digits": "seed = " + "9" * 100_000 + "\n",
    "a sample that is a pipe": 'sample = "pipe"\n',
    "a sample of 64 GB that is sparse": 'sample = "sparse.csv"\n',
}


def _sheet(rows: str) -> Callable[[Path], None]:
    """Writes a workbook whose sheet holds the XML `rows`."""

    def write(path: Path) -> None:
        book, packed = openpyxl.Workbook(), io.BytesIO()
        book.worksheets[0].append(["村名"])
        book.save(packed)
        with (
            zipfile.ZipFile(packed) as old,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for part in old.infolist():
                body = old.read(part)
                if part.filename.endswith("sheet1.xml"):
                    body = body.replace(b"</sheetData>", rows.encode() + b"</sheetData>")
                new.writestr(part.filename, body)

    return write


def _zipped_noughts(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(2_000):
            part.write(bytes(1 << 20))


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 36)


FILES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a workbook with 3 million cells in a row": (
        "a.xlsx",
        _sheet('<row r="2">' + "<c><v>1</v></c>" * 3_000_000 + "</row>"),
    ),
    "a workbook of 3 million rows": ("b.xlsx", _sheet("<row><c><v>1</v></c></row>" * 3_000_000)),
    "a workbook that unpacks to 2 GB": ("c.xlsx", _zipped_noughts),
    "a line of 64 MB": ("d.csv", lambda path: path.write_bytes("村名,".encode() * 9_000_000)),
    "64 GB that are sparse": ("sparse.csv", _sparse),
    "a pipe": ("pipe", os.mkfifo),
}


def measured(*words: str) -> dict[str, object]:
    """How a command ends, its seconds, and the most memory that its process had (not that of
    getrusage, which counts what the process that started it had)."""
    began = time.monotonic()
    command = [sys.executable, "-m", "village_alliances", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    status, highest = Path(f"/proc/{process.pid}/status"), 0
    while process.poll() is None:
        highest = max([highest, *map(int, HIGHEST.findall(status.read_text()))])
        time.sleep(0.01)
    return {
        "exit": process.returncode,
        "seconds": round(time.monotonic() - began, 1),
        "mb": round(highest / 1000),
    }


def main() -> int:
    """Give every one of them to its command; figures as JSON."""
    costs = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for title, (name, write) in FILES.items():
            write(folder / name)
            costs[title] = measured("check", str(folder / name))
        costs["a device"] = measured("check", "/dev/zero")
        for title, body in SWEEPS.items():
            (folder / "sweep.toml").write_text(SWEEP + body, encoding="utf-8")
            costs[title] = measured(
                "sweep", str(folder / "sweep.toml"), "--out", str(folder / "out")
            )
    print(json.dumps(costs, indent=1))
    return int(
        any(
            cost["exit"] != REFUSED or cost["seconds"] > MOST_SECONDS or cost["mb"] > MOST_MB
            for cost in costs.values()
        )
    )


if __name__ == "__main__":
    sys.exit(main())
