"""The words that were given up, held against what commands print and write: `test_wording.py` sees
the catalogue alone, and texts come from the model's own tables as well.

What stands in a report's appendix is quoted from the model's tables and left out here."""

import re
import zipfile

import pytest
from village_alliances.interface.cli import main

from tests.test_wording import RETIRED

pytestmark = pytest.mark.slow
COMMANDS = (
    "compare jinxi --runs 100 --full",
    "timeline jinxi",
    "discovery jinxi --runs 100",
    "inquire jinxi --runs 100",
    "propose jinxi --effort 1 --runs 20",
)
STATISTICS = re.compile(r"\b(prior|posterior|median|luck)\b|[<>]99%|5 to 95%|5–95%")
QUARTERS = re.compile(r"\d{4}\s?Q[1-4]|\d(?:万?元|亩|户)")


def plain_text(path):
    """The text of a page up to its appendix, of a document, or of a table's headings."""
    if path.suffix == ".docx":
        body = zipfile.ZipFile(path).read("word/document.xml").decode("utf-8")
    else:
        body = path.read_text("utf-8").partition('class="appendix"')[0]
    if path.suffix == ".csv":
        return body.splitlines()[0]
    body = re.sub(r"<style.*?</style>|data:[^\"')]+", "", body, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", "\n", body)


def texts_of(command, lang, folder, capsys):
    """What a command prints, and the text of every page, document and table's head."""
    assert main([*command.split(), "--lang", lang, "--out", str(folder)]) == 0
    yield "terminal", capsys.readouterr().out
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".html", ".docx", ".csv", ".svg"):
            yield path.name, plain_text(path)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words.split()[0])
def test_no_command_says_a_word_that_was_given_up(command, tmp_path, capsys, compiled_model):
    said = [
        f"{where}: {match.group()}"
        for where, text in texts_of(command, "zh", tmp_path, capsys)
        for pattern in [*RETIRED, QUARTERS.pattern]
        for match in re.finditer(f".{{0,12}}(?:{pattern}).{{0,12}}", text)
    ]
    assert said == []


def test_headline_and_lines_hold_no_word_of_statistics(tmp_path, capsys, compiled_model):
    command = ["compare", "jinxi", "--runs", "100", "--out", str(tmp_path)]
    assert main([*command, "--lang", "en"]) == 0
    said = capsys.readouterr().out.partition("gain  better in")[0]
    assert "Effect:" in said and STATISTICS.findall(said) == []
