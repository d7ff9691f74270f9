"""Whatever a command writes or prints as JSON says which version and which fingerprint made it."""

from __future__ import annotations

import json
import re
import tomllib
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from village_alliances.calibration.fit import StageStore
from village_alliances.interface.cli import main
from village_alliances.sim.outputs import named, versions
from village_alliances.sim.provenance import fingerprint

from village_alliances import __version__

ROOT = Path(__file__).parents[1]
# what writes for the program itself: caches, checkpoints, a sweep's parts, uploads
NOT_FOR_USERS = {
    "calibration/calibrate.py", "calibration/decisive.py", "calibration/fit.py",
    "experiments/fonts.py", "experiments/store.py", "interface/dashboard/predictions.py",
    "interface/dashboard/stored.py", "interface/dashboard/sweeps.py",
    "interface/dashboard/uploads.py", "sim/files.py", "sim/outputs.py",
}  # fmt: skip
PARTS = ("sim", "experiments", "calibration", "interface")
MADE_BY = re.compile(
    rf"village-alliances {re.escape(__version__)}, fingerprint [0-9a-f]{{16}}[-\w]*"
)
SWEEP = """
scenarios = ["jinxi"]
strategies = ["none", "strong_leads_weak"]
replicates = 4
"""


def maker_of(path: Path) -> str:
    """Who made a file, as a program that knows its format reads it."""
    match path.suffix:
        case ".json":
            body = json.loads(path.read_text("utf-8"))
            return (
                f"village-alliances {body['versions']['village-alliances']}, fingerprint "
                f"{body['fingerprint']}"
            )
        case ".parquet":
            import pyarrow.parquet as pq

            return pq.read_metadata(path).metadata[b"made_by"].decode()
        case ".xlsx" | ".docx":
            core = ElementTree.fromstring(zipfile.ZipFile(path).read("docProps/core.xml"))
            return core.findtext("{http://purl.org/dc/elements/1.1/}description") or ""
        case ".png":
            from PIL import Image

            with Image.open(path) as picture:
                picture.load()
                return picture.info["Software"]
        case ".svg":
            told_there = ElementTree.parse(path).getroot()
            return told_there.findall("{http://www.w3.org/2000/svg}metadata")[-1].text or ""
        case ".html":
            match = re.search(
                r'<head>.*?<meta name="generator" content="([^"]*)">|<meta name="generator" content="([^"]*)">',
                path.read_text("utf-8")[:2000],
                re.DOTALL,
            )
            return (match[1] or match[2]) if match else ""
        case ".npz":
            with zipfile.ZipFile(path) as archive:
                return archive.comment.decode()
        case ".toml":
            tomllib.loads(path.read_text("utf-8"))
            return path.read_text("utf-8").splitlines()[0].removeprefix("# ")
    return ""


def without_maker(folder: Path) -> list[str]:
    """The files of a folder that do not say who made them; a CSV leaves that to the
    JSON beside it, or beside its folder."""
    lines = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.parent.name == "log":
            continue
        if path.suffix == ".csv":
            beside = [*path.parent.glob("*.json"), *path.parent.parent.glob("*.json")]
            says = any(
                MADE_BY.fullmatch(maker_of(path)) for path in beside if folder in path.parents
            )
        else:
            says = MADE_BY.fullmatch(maker_of(path)) is not None
        if not says:
            lines.append(path.relative_to(folder).as_posix())
    return lines


def test_only_what_is_the_programs_own_is_written_without_its_maker():
    names = {
        path.relative_to(ROOT).as_posix()
        for part in PARTS
        for path in (ROOT / part).rglob("*.py")
        if re.search(r"\bwrite_(atomically|together)\(", path.read_text("utf-8"))
    }
    assert names == NOT_FOR_USERS


def test_no_command_prints_json_of_its_own():
    """All goes through `document`; strategy files hold texts as JSON writes them."""
    lines = [
        path.name
        for path in (ROOT / "interface/commands").glob("*.py")
        if "json.dumps" in path.read_text("utf-8")
    ]
    assert lines == ["strategies.py"]


@pytest.mark.parametrize(
    "command", ["check jinxi", "scenarios", "strategies", "parameters", "technology"]
)
def test_lists_as_json_say_who_made_them(command, capsys):
    assert main([*command.split(), "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["versions"] == versions()["versions"] and body["fingerprint"] == fingerprint(
        "model"
    )


def test_runs_and_files_to_start_from_say_who_made_them(tmp_path, compiled_model):
    run = ["jinxi", "--mode", "prior"]
    assert main(["run", *run, "--out", str(tmp_path / "run")]) == 0
    assert main(["timeline", *run, "--village", "雷山村", "--out", str(tmp_path / "timeline")]) == 0
    assert main(["strategies", "--write", str(tmp_path / "mine.toml")]) == 0
    assert main(["check", "--template", str(tmp_path / "empty.xlsx")]) == 0
    assert without_maker(tmp_path) == []


def test_the_stages_of_a_calibration_say_who_made_them(tmp_path):
    made = {"draws": np.arange(3.0)}
    StageStore(tmp_path).get("sweep", 1, lambda: made)
    kept = StageStore(tmp_path).get("sweep", 1, dict)
    assert np.array_equal(kept["draws"], made["draws"]) and without_maker(tmp_path) == []


def test_a_table_that_is_handed_out_alone_says_it_in_its_name():
    assert named("comparison.csv") == f"comparison-{__version__}-{fingerprint('model')[:8]}.csv"


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "compare jinxi --strategies none,strong_leads_weak --runs 8 --mode prior",
        "sensitivity jinxi --trajectories 2 --points 16 --replicates 1 --outcome gain_mean",
        "discovery jinxi --runs 400",
        "inquire jinxi --runs 40",
        "propose jinxi --effort 1 --runs 20 --strategies strong_leads_weak",
        "validate",
    ],
    ids=lambda words: words.split()[0],
)
def test_every_file_of_a_command_says_who_made_it(words, tmp_path, compiled_model):
    assert main([*words.split(), "--out", str(tmp_path)]) == 0
    assert without_maker(tmp_path) == []


def test_a_sweep_and_the_replay_of_a_run_say_who_made_them(tmp_path, compiled_model):
    from village_alliances.experiments.store import read_runs

    asked, folder = tmp_path / "asked.toml", tmp_path / "sweep"
    asked.write_text(SWEEP, encoding="utf-8")
    assert main(["sweep", str(asked), "--out", str(folder)]) == 0
    asked.unlink()
    first = read_runs(folder)["run_id"][0]
    assert main(["replay", str(folder), first, "--out", str(tmp_path / "replay")]) == 0
    assert without_maker(tmp_path) == []
