"""The documentation: what its pages tell one to type works, and the site builds whole,
from what lies here alone."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from village_alliances.interface import cli
from village_alliances.wording import table

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = {
    page.relative_to(DOCS).as_posix(): page
    for page in sorted([*DOCS.glob("how-to/*.md"), *DOCS.glob("zh/how-to/*.md")])
}
INCLUDED = re.compile(
    r"```\{include\} (\S+)\n:relative-docs: docs/\n"
    r':start-after: "(.+)\\n"\n:end-before: "(.+)\\n"\n```'
)
BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LONG = "calibrate"  # minutes, and it has tests of its own


def text(page: Path) -> str:
    """A page with what it includes."""

    def part(match: re.Match[str]) -> str:
        whole = (page.parent / match[1]).read_text(encoding="utf-8")
        return whole.partition(f"{match[2]}\n")[2].partition(match[3])[0]

    return INCLUDED.sub(part, page.read_text(encoding="utf-8"))


def commands(block: str) -> Iterator[list[str]]:
    """The words of each command of a block, without `alliances`."""
    for line in filter(None, block.replace("\\\n", "").splitlines()):
        words = shlex.split(line)
        while words and "=" in words[0]:  # a variable of the environment
            words.pop(0)
        assert words[0] == "alliances", line
        yield words[1:]


def test_both_languages_have_the_same_pages() -> None:
    english, chinese = (
        {path.name for path in DOCS.glob(pattern)} for pattern in ("how-to/*.md", "zh/how-to/*.md")
    )
    assert english == chinese and len(english) == 6


@pytest.mark.parametrize("name", PAGES)
def test_commands_of_a_page_are_understood(name: str) -> None:
    written = text(PAGES[name])
    shell = "\n".join(body for kind, _, body in BLOCK.findall(written) if kind == "sh")
    for words in commands(shell):
        cli.parsed(words, "en")  # leaves with SystemExit where it does not know an option
    mentioned = set(re.findall(r"`alliances ([a-z]+)", written))
    assert mentioned <= set(table("cli.command"))


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.usefixtures("compiled_model")
def test_a_page_works_from_top_to_bottom(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "page"}
    done = 0
    for kind, file, body in BLOCK.findall(text(PAGES[name])):
        if file:
            (tmp_path / file).write_text(body, encoding="utf-8")
        elif kind == "python":
            exec(compile(body, str(PAGES[name]), "exec"), names)
            done += 1
        elif kind == "sh":
            for words in commands(re.sub(r"--runs \d+", "--runs 8", body)):
                if LONG not in words and "out/fit/posterior.parquet" not in body:
                    assert cli.main(words) == cli.FINE, words
                done += 1
    assert done


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("myst_nb"), reason="needs the extra `docs`")
def test_the_site_builds_whole_and_asks_nobody(tmp_path: Path) -> None:
    """Links, docstrings and the tutorial, which is executed: any warning fails. No page
    loads anything from outside."""
    folders = ["-d", str(tmp_path / "cache"), str(DOCS), str(tmp_path / "site")]
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "-q", "-b", "html", *folders],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8",
        env={k: v for k, v in os.environ.items() if k != "MPLBACKEND"},  # notebooks draw inline
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    pages = {path: path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*.html")}
    loaded = [
        f"{path.name}: {tag}"
        for path, page in pages.items()
        for tag in re.findall(r"<(?!a\b)[^>]*\b(?:src|href)=\"(?:https?:)?//[^>]*>", page)
    ]
    styles = [
        path.name
        for path in (tmp_path / "site").rglob("*.css")
        if re.search(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", path.read_text(encoding="utf-8"))
    ]
    assert loaded == styles == []
    tutorial = pages[tmp_path / "site" / "tutorial.html"]
    assert "orchard_circle" in tutorial and len(re.findall(r"<img[^>]*_images/", tutorial)) == 2
    assert '<html class="no-js" lang="zh-CN"' in pages[tmp_path / "site" / "zh" / "index.html"]
    gaps = re.compile(r"[，。；：、！？][ \n]+[\u4e00-\u9fff]")  # a line's end that became a space
    chinese = {
        path.name: gaps.findall(page)
        for path, page in pages.items()
        if path.is_relative_to(tmp_path / "site" / "zh")
    }
    assert len(chinese) > 10 and not any(chinese.values()), chinese
    menus = {
        path: re.findall(r'caption-text">([^<]*)', page)
        for path, page in pages.items()
        if "sidebar-tree" in page
    }
    assert menus[tmp_path / "site" / "zh" / "ODD.html"] == ["中文"]
    assert menus[tmp_path / "site" / "ODD.html"][-1] == "中文"
    assert "zh/findings.html" not in pages[tmp_path / "site" / "how-to" / "rule.html"]
    api = pages[tmp_path / "site" / "api.html"]
    assert "values by name" in api  # what options of a class mean stands beside it
    assert 'id="village_alliances.compare"' in pages[tmp_path / "site" / "api.html"]
