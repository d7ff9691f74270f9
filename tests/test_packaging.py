"""The distribution: what it asks for can be had, and a wheel installed elsewhere does the work with the data that travelled with it."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGES = ("village_alliances", "sim", "calibration", "experiments", "interface")
PYTHONS = ("3.11", "3.12", "3.13")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def pins(python: str) -> dict[str, list[str]]:
    """The versions that constraints.txt allows on that Python, by canonical name."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pin = Requirement(line)
            if pin.marker is None or pin.marker.evaluate(
                {"python_version": python, "python_full_version": f"{python}.0"}
            ):
                found.setdefault(canonicalize_name(pin.name), []).append(
                    str(pin.specifier).removeprefix("==")
                )
    return found


@pytest.mark.parametrize("python", PYTHONS)
def test_every_requirement_has_one_exact_pin_within_its_range(python):
    pinned = pins(python)
    assert {name: versions for name, versions in pinned.items() if len(versions) != 1} == {}
    for text in [*PROJECT["dependencies"], *(text for extra in EXTRAS.values() for text in extra)]:
        requirement = Requirement(text)
        versions = pinned.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} has no pin for Python {python}"
        assert requirement.specifier.contains(versions[0]), (
            f"{requirement.name} {versions[0]} is outside {requirement.specifier}"
        )


def test_constraints_name_no_place():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert not re.search(r"^\s*-|://| @ |file:", text, flags=re.MULTILINE)


def test_the_version_is_the_same_everywhere():
    assert f"\nversion: {PROJECT['version']}\n" in (ROOT / "CITATION.cff").read_text(
        encoding="utf-8"
    )
    assert f"\n## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def travelling(root: Path) -> set[str]:
    """Every file of the packages, as it should stand in a wheel."""
    return {
        path.relative_to(root).as_posix()
        for package in PACKAGES
        for path in (root / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    """A copy of what a build reads, so that neither old build folders help nor new ones stay."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture(scope="module")
def wheel(source, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    done(sys.executable, "-m", "build", "--wheel", "--outdir", out, source, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def elsewhere(wheel, tmp_path_factory) -> Path:
    """A fresh environment, outside the checkout, that holds the wheel and what it asks for, without any extra."""
    place = tmp_path_factory.mktemp("elsewhere")
    done(sys.executable, "-m", "venv", place / "env", cwd=place)
    done(
        script(place, "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--constraint",
        ROOT / "constraints.txt",
        wheel,
        cwd=place,
    )
    return place


def script(place: Path, name: str) -> Path:
    return place / "env" / ("Scripts" if os.name == "nt" else "bin") / name


def done(*command, cwd: Path) -> str:
    """What a command prints on its standard output; it has to succeed. Nothing of this checkout is on its path."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    }
    environment["PYTHONUTF8"] = "1"
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, (
        f"{command} ended with {result.returncode}\n{result.stdout[-2000:]}\n{result.stderr[-4000:]}"
    )
    return result.stdout


@pytest.mark.slow
def test_a_wheel_holds_every_file_of_the_packages_and_no_other(source, wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == travelling(source)
    assert any(name.startswith("sim/scenarios/jinxi/") for name in names)


@pytest.mark.slow
def test_an_installed_wheel_lists_its_scenarios(elsewhere):
    where = done(
        script(elsewhere, "python"),
        "-c",
        "from village_alliances import interface, sim; print(interface.__file__, sim.__file__)",
        cwd=elsewhere,
    )
    assert str(ROOT) not in where
    listed = json.loads(done(script(elsewhere, "alliances"), "scenarios", "--json", cwd=elsewhere))
    for scenario in ("jinxi", "chunhu", "sanshi-wudi"):
        assert f'"{scenario}"' in json.dumps(listed)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_installed_wheel_compares(elsewhere, language):
    strategies = ["none", "strong_leads_weak"]
    options = [
        "--strategies",
        ",".join(strategies),
        "--runs",
        "20",
        "--seed",
        "1",
        "--lang",
        language,
        "--out",
        language,
    ]
    assert done(script(elsewhere, "alliances"), "compare", "jinxi", *options, cwd=elsewhere).strip()
    rows = (elsewhere / language / "comparison.csv").read_text(encoding="utf-8-sig").splitlines()
    assert {row.split(",")[0] for row in rows[1:]} == set(strategies)
    assert (elsewhere / language / "runs.parquet").stat().st_size > 0
    assert "<html" in (elsewhere / language / "report.html").read_text(encoding="utf-8").lower()
    assert list((elsewhere / language / "figures").glob("*.svg"))
