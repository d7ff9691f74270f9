"""The distribution: what it asks for can be had, its parts are those of the checkout, and a wheel
installed elsewhere does the work with the data that travelled with it, whatever lies beside it."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import village_alliances

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
WRITTEN = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = WRITTEN["project"]
FRONT = "village_alliances"
FOLDERS = WRITTEN["tool"]["setuptools"]["package-dir"]  # package -> folder of the checkout
PARTS = sorted(folder for package, folder in FOLDERS.items() if package != FRONT)
BESIDE = {"benchmarks", "docs", "tests"}  # folders with Python that do not travel
EXTRAS = PROJECT["optional-dependencies"]


def pins(python: str) -> dict[str, list[str]]:
    """The versions that constraints.txt allows on that Python, by canonical name."""
    lines: dict[str, list[str]] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pin = Requirement(line)
            if pin.marker is None or pin.marker.evaluate(
                {"python_version": python, "python_full_version": f"{python}.0"}
            ):
                lines.setdefault(canonicalize_name(pin.name), []).append(
                    str(pin.specifier).removeprefix("==")
                )
    return lines


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


def test_the_front_door_says_the_version_of_the_distribution():
    assert village_alliances.__version__ == PROJECT["version"]


def test_every_folder_with_python_is_a_part_or_stays_at_home():
    top = {path.parent.name for path in ROOT.glob("*/__init__.py")} - BESIDE
    assert top == {FRONT, *PARTS}
    assert {f"{FRONT}.{part}": part for part in PARTS} | {FRONT: FRONT} == FOLDERS


def test_lint_sees_every_part():
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    (links,) = [line.split() for line in lines if "ln -s" in line]
    assert {Path(word).name for word in links if word.startswith("../../../")} == {"*.py", *PARTS}


def test_every_package_is_listed_and_every_listed_one_is_there():
    names = {
        ".".join((package, *init.parent.relative_to(ROOT / folder).parts))
        for package, folder in FOLDERS.items()
        for init in (ROOT / folder).rglob("__init__.py")
    }
    assert sorted(WRITTEN["tool"]["setuptools"]["packages"]) == sorted(names)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_without_its_package_says_what_to_write(part):
    result = subprocess.run(
        [sys.executable, "-c", f"import {part}"], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode != 0
    assert f"ImportError: write `from village_alliances import {part}`" in result.stderr


def test_no_module_names_a_part_without_its_package():
    wrong = []
    bare_words = re.compile(rf"^\s*(?:from|import\b.*)\s(?:{'|'.join(PARTS)})\b", re.MULTILINE)
    for folder in (FRONT, *PARTS, *BESIDE):
        for path in (ROOT / folder).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            for node in ast.walk(ast.parse(source)) if bare_words.search(source) else ():
                named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.level == 0:
                    named = [node.module or ""]
                bare = [name for name in named if name.split(".")[0] in PARTS]
                wrong += [f"{path.relative_to(ROOT)}:{node.lineno} {name}" for name in bare]
    assert wrong == []


def test_the_front_door_costs_nothing_until_a_name_is_asked_for():
    code = (
        "import sys, time; began = time.perf_counter(); import village_alliances as v;"
        "took = time.perf_counter() - began; before = sys.modules.keys() & {'numpy', 'numba'};"
        "import json; print(json.dumps([took, sorted(before)]))"
    )
    tries = [json.loads(done(sys.executable, "-c", code, cwd=ROOT)) for _ in range(2)]
    assert min(took for took, _ in tries) < 0.1
    assert tries[0][1] == []
    front = village_alliances
    kinds = {name: type(getattr(front, name)).__name__ for name in front.__all__}
    assert kinds.pop("__version__") == "str"
    assert (kinds.pop("OUTCOMES"), kinds.pop("QUARTER")) == ("tuple", "Plan")
    assert {*kinds.values()} == {"function", "type", "ModelMetaclass"}


def test_a_name_that_the_front_door_lacks_is_answered_with_those_it_has():
    with pytest.raises(AttributeError, match=r"no 'simulate'; it has: .*AllianceModel, .*sweep"):
        village_alliances.simulate  # noqa: B018


def test_the_command_says_its_version():
    said = done(sys.executable, "-m", FRONT, "--version", cwd=ROOT)
    assert said == f"alliances {PROJECT['version']}\n"


def travelling(root: Path) -> set[str]:
    """Every file of the packages, as it should stand in a wheel."""
    return {
        "/".join((*package.split("."), *path.relative_to(root / folder).parts))
        for package, folder in FOLDERS.items()
        for path in (root / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    """A copy of what a build reads, so that neither old build folders help nor new ones stay."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in FOLDERS.values():
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
    """A fresh environment, outside the checkout, that holds the wheel and what it
    asks for, without any extra."""
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


def done(*command, cwd: Path, **more: str) -> str:
    """What a command prints on its standard output; it has to succeed. Nothing of this checkout is
    on its path, unless it is where the command runs. `more`: variables of its environment."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    }
    environment |= {"PYTHONUTF8": "1", **more}
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, (
        f"{command} ended with "
        f"{result.returncode}\n{result.stdout[-2000:]}\n{result.stderr[-4000:]}"
    )
    return result.stdout


@pytest.mark.slow
def test_a_wheel_holds_every_file_of_the_packages_and_no_other(source, wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == travelling(source)
    assert any(name.startswith("village_alliances/sim/scenarios/jinxi/") for name in names)


@pytest.mark.slow
def test_a_source_distribution_carries_its_tests_and_they_run(tmp_path):
    listed = done("git", "ls-files", "-z", cwd=ROOT).split("\0")
    source = tmp_path / "source"
    for name in filter(None, listed):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    done(sys.executable, "-m", "build", "--sdist", "--outdir", tmp_path, source, cwd=tmp_path)
    (packed,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = tmp_path / packed.name.removesuffix(".tar.gz")
    carried = {p.relative_to(unpacked).as_posix() for p in unpacked.rglob("*") if p.is_file()}
    assert {name for name in listed if name and not name.startswith(".")} <= carried
    quick = ("tests/table/test_sums.py", "tests/test_own_files.py", "tests/sim/test_files.py")
    done(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *quick, cwd=unpacked)


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
    sentence = strategies if language == "en" else ["未联建", "强村带动"]
    assert {row.split(",")[0] for row in rows[1:]} == set(sentence)
    assert (elsewhere / language / "runs.parquet").stat().st_size > 0
    assert "<html" in (elsewhere / language / "report.html").read_text(encoding="utf-8").lower()
    assert list((elsewhere / language / "figures").glob("*.svg"))


@pytest.fixture(scope="module")
def among_namesakes(wheel, tmp_path_factory) -> tuple[Path, Path]:
    """The wheel alone in a folder, and a folder of somebody whose own modules have our parts' names
    and fail when they are imported: half of them files, half of them folders."""
    place = tmp_path_factory.mktemp("among_namesakes")
    installed, theirs = place / "installed", place / "theirs"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index")
    done(*pip, "--target", installed, wheel, cwd=place)
    for n, name in enumerate(["alliances", "app", *PARTS]):
        file = theirs / (f"{name}.py" if n % 2 else f"{name}/__init__.py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"raise RuntimeError('the {name} of somebody else')\n", encoding="utf-8")
    return installed, theirs


@pytest.mark.slow
def test_an_installed_wheel_works_beside_modules_of_the_same_names(among_namesakes):
    installed, theirs = among_namesakes
    path = {"PYTHONPATH": os.pathsep.join([str(theirs), str(installed)])}
    for name in ("alliances", *PARTS):
        failed = subprocess.run(
            [sys.executable, "-c", f"import {name}"],
            cwd=theirs,
            check=False,
            capture_output=True,
            text=True,
        )
        assert f"the {name} of somebody else" in failed.stderr

    version = f"alliances {PROJECT['version']}\n"
    command = next((installed / "bin").glob("alliances*"))
    assert done(sys.executable, "-m", FRONT, "--version", cwd=theirs, **path) == version
    assert done(sys.executable, command, "--version", cwd=theirs, **path) == version

    options = ["--strategies", "none,strong_leads_weak", "--runs", "4", "--lang", "en"]
    said = done(
        sys.executable,
        "-m",
        FRONT,
        "compare",
        "jinxi",
        *options,
        "--out",
        "out",
        cwd=theirs,
        **path,
    )
    assert "report.html in out" in said and (theirs / "out" / "report.html").stat().st_size > 0

    script = (
        "import village_alliances\n"
        "from village_alliances import AllianceModel, compare, load, propose, run_ensemble, sweep\n"
        "from village_alliances import calibration, experiments, interface, sim\n"
        "found = compare(load('jinxi'), ['none', 'strong_leads_weak'], runs=4)\n"
        "parts = (village_alliances, calibration, experiments, interface, sim)\n"
        "print(len(found.table), *[part.__file__ for part in parts], sep='\\n')\n"
    )
    rows, *files = done(sys.executable, "-c", script, cwd=theirs, **path).split("\n")[:-1]
    assert int(rows) > 0
    assert [file for file in files if not Path(file).is_relative_to(installed)] == []


@pytest.mark.slow
def test_the_page_of_an_installed_wheel_is_found_beside_modules_of_the_same_names(among_namesakes):
    pytest.importorskip("solara")
    installed, theirs = among_namesakes
    path = {"PYTHONPATH": os.pathsep.join([str(theirs), str(installed)])}
    code = "from village_alliances.interface.dashboard import Page, page; print(page.__file__)"
    said = done(sys.executable, "-c", code, cwd=theirs, **path).strip().split("\n")[-1]
    assert Path(said).is_relative_to(installed)
