"""What the READMEs tell a newcomer to type is there, and their Python runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from village_alliances.interface.cli import main

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh-CN.md")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, *languages: str) -> list[str]:
    """The fenced blocks of a README that are in one of the languages."""
    return [body for language, body in FENCE.findall(read(name)) if language in languages]


def typed(name: str) -> list[str]:
    """The command lines of a README: of its shell blocks, with continued lines joined, and
    of code within sentences."""
    shell = "\n".join(blocks(name, "sh", "bash", "shell", "console", "powershell", "bat")).replace(
        "\\\n", " "
    )
    lines = [line.strip().removeprefix("$ ").split("  #")[0] for line in shell.splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", FENCE.sub("", read(name)))


def targets(name: str) -> set[str]:
    return {
        word
        for line in typed(name)
        if re.match(r"make\s", line)
        for word in line.split()[1:]
        if "=" not in word
    }


def commands(name: str) -> dict[str, set[str]]:
    """Each subcommand of `alliances` that a README names, with the options it gives it."""
    options_of: dict[str, set[str]] = {}
    for line in typed(name):
        if match := re.match(r"(?:\S*[/\\])?alliances\s+([a-z]\w*)(.*)", line):
            options_of.setdefault(match[1], set()).update(
                re.findall(r"(?<=\s)--[a-z][\w-]*", match[2])
            )
    return options_of


def run_python(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "MPLBACKEND": "agg"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


@pytest.mark.parametrize("name", READMES)
def test_the_two_commands_are_there(name):
    assert {"demo", "test"} <= targets(name)
    assert "compare" in commands(name)


@pytest.mark.parametrize("name", READMES)
def test_every_make_target_exists(name):
    names = set(re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE))
    assert targets(name) <= names


@pytest.mark.parametrize("name", READMES)
def test_every_command_and_option_exists(name, capsys):
    for command, options in commands(name).items():
        code, text = main([command, "--help"]), capsys.readouterr()
        assert code == 0, f"{name} names `alliances {command}`: {text.err}"
        assert options <= set(re.findall(r"--[a-z][\w-]*", text.out)), (
            f"{name}: options of `alliances {command}`"
        )


@pytest.mark.parametrize("name", READMES)
def test_every_file_that_is_linked_or_installed_from_exists(name):
    linked = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", read(name))
    installed = [
        word
        for line in typed(name)
        for word in re.findall(r"(?:pip install.*(?:--constraint|-c|-r)|solara run)\s+(\S+)", line)
    ]
    missing = [path for path in linked + installed if not (ROOT / path).exists()]
    assert missing == []


def test_the_demo_of_the_makefile_is_the_command_that_the_readme_shows():
    (demo,) = re.findall(r"^demo:.*\n\t\S*/(alliances .*)$", read("Makefile"), flags=re.MULTILINE)
    assert " ".join(demo.split()) in [" ".join(line.split()) for line in typed("README.md")]


def test_both_show_the_same_ten_lines_of_python_but_for_remarks_and_language():
    en, zh = (re.sub(r"\s*#.*", "", code) for name in READMES for code in blocks(name, "python"))
    assert zh.replace('"zh"', '"en"') == en and '"zh"' in zh


@pytest.mark.slow
def test_the_ten_lines_of_python_run(tmp_path):
    (code,) = blocks("README.md", "python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 12
    quick, replaced = re.subn(r"\bruns\s*=\s*\d+", "runs=8", code)
    assert replaced, "the lines say how many runs"
    (tmp_path / "ten_lines.py").write_text(quick, encoding="utf-8")
    result = run_python("ten_lines.py", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip()
