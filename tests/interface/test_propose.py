"""`alliances propose` from the command line."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from village_alliances.experiments.alternatives import load as load_alternatives
from village_alliances.experiments.propose.answer import read_proposal
from village_alliances.interface.cli import main
from village_alliances.sim.loading import load

pytestmark = pytest.mark.usefixtures("compiled_model")
ROOT = Path(__file__).parents[2]
PATIENCE = 300.0  # seconds
PLAIN = [
    "--strategies",
    "strong_leads_weak",
    "--grants",
    "0,60000,90000",
    "--runs",
    "30",
    "--objective",
    "gain_mean",
    "--budget",
    "150万",
]


@pytest.fixture(scope="module")
def proposed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """The folder of a proposal, and what was printed and complained of; not to be written in."""
    out, said, complaint = tmp_path_factory.mktemp("proposed"), io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complaint):
        assert main(["propose", "jinxi", *PLAIN, "--out", str(out), "--lang", "en"]) == 0
    return out, said.getvalue(), complaint.getvalue()


def test_it_writes_what_it_says(proposed: tuple[Path, str, str]) -> None:
    folder, out, err = proposed
    proposal = read_proposal(folder / "proposal.json")
    assert "first proposal" in err and "strongest rival" in out
    assert all(alliance.lead in out for alliance in proposal.alliances)
    assert all(village.village in out for village in proposal.funded)
    rows = (folder / "proposal.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 6 and len(
        (folder / "alliances.csv").read_text(encoding="utf-8-sig").splitlines()
    ) == 1 + len(proposal.alliances)
    partitions = load_alternatives(folder / "alternatives.toml", load("jinxi"))
    assert [sorted(g.members) for g in partitions[0].given] == [
        [m.position for m in a.members] for a in proposal.alliances
    ]


def test_json_alone_on_the_output_and_the_same_again(
    proposed: tuple[Path, str, str],
    tmp_path: Path,
    without_figures: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["propose", "jinxi", *PLAIN, "--out", str(tmp_path), "--json", "--workers", "1"]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed)["question"]["table"] == "jinxi"
    assert printed == (proposed[0] / "proposal.json").read_text(encoding="utf-8")


def test_a_brief_stands_beside_the_proposal_and_leads_with_its_advice(
    proposed: tuple[Path, str, str],
) -> None:
    folder = proposed[0]
    proposal = read_proposal(folder / "proposal.json")
    page = (folder / "brief.html").read_text(encoding="utf-8")
    assert (folder / "brief.docx").stat().st_size > 0
    placed = [*(m.village for a in proposal.alliances for m in a.members)]
    placed += [village.village for village in proposal.funded]
    assert all(village in page for village in placed) and "alliances propose" in page
    assert "30 simulations under the same chance" in page, "as many as were asked for"
    if not proposal.alliances:
        assert "acting together does it" not in page and "组团联建后的增收" not in page


def test_in_chinese(
    tmp_path: Path, without_figures: None, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "--must",
        "金峨村、雷山村",
        "--never",
        "税务场村，余家坝村",
        "--radius",
        "8公里",
        "--size",
        "2-4",
    ]
    assert main(["propose", "jinxi", *PLAIN, *words, "--out", str(tmp_path), "--lang", "zh"]) == 0
    out = capsys.readouterr().out
    assert "本方案" in out and "联合体" in out
    groups = [
        {m.village for m in a.members} for a in read_proposal(tmp_path / "proposal.json").alliances
    ]
    assert any({"金峨村", "雷山村"} <= g for g in groups) and not any(
        {"税务场村", "余家坝村"} <= g for g in groups
    )
    assert all(len(g) <= 4 for g in groups)


def test_everything_that_is_wrong_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = [
        "--objective",
        "joy",
        "--size",
        "nine",
        "--radius",
        "far",
        "--must",
        "金峨,雷山村",
        "--budget",
        "much",
        "--out",
        str(tmp_path),
    ]
    assert main(["propose", "jinxi", *wrong, "--lang", "en"]) == 2
    err = capsys.readouterr().err
    for word in ("joy", "nine", "far", "金峨", "金峨村", "much"):
        assert word in err


def test_rules_that_cannot_all_be_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = ["--must", "金峨村,雷山村", "--never", "金峨村,雷山村", "--out", str(tmp_path)]
    assert main(["propose", "jinxi", *both, "--lang", "zh"]) == 2
    assert "相矛盾" in capsys.readouterr().err


def test_the_unfinished_search_of_another_question_is_not_overwritten(
    proposed: tuple[Path, str, str],
    tmp_path: Path,
    without_figures: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "out"
    shutil.copytree(proposed[0], folder)
    other = ["propose", "jinxi", *PLAIN, "--seed", "2", "--out", str(folder)]
    (folder / "proposal.json").rename(tmp_path / "aside")  # as if the search had been killed
    kept = (folder / "search.npz").read_bytes()
    assert main([*other, "--lang", "zh"]) == 2
    assert "未完成的搜索" in capsys.readouterr().err
    assert (folder / "search.npz").read_bytes() == kept
    (tmp_path / "aside").rename(folder / "proposal.json")
    assert main(other) == 0  # the first was finished


# Stopped by real signals


def table_of_thirty(folder: Path) -> Path:
    """Thirty villages of which only names and places are known: too many for looking at every set,
    few enough for some seconds."""
    path = folder / "thirty.csv"
    rows = [
        f"村{n},镇{n // 10},{121.4 + 0.012 * (n % 6)},{29.6 + 0.011 * (n // 6)}" for n in range(30)
    ]
    path.write_text("\n".join(["name,township,lon,lat", *rows]) + "\n", encoding="utf-8")
    return path


def search(table: Path, out: Path) -> subprocess.Popen[str]:
    words = [
        "--region",
        "ningbo",
        "--start",
        "2024",
        "--years",
        "4",
        "--budget",
        "300万",
        "--effort",
        "2",
        "--runs",
        "30",
    ]
    words += [
        "--strategies",
        "strong_leads_weak",
        "--grants",
        "0,60000",
        "--objective",
        "gain_mean",
        "--lang",
        "en",
        "--out",
        str(out),
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "village_alliances", "propose", str(table), *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The proposal of a search that was left alone."""
    folder = tmp_path_factory.mktemp("undisturbed")
    process = search(table_of_thirty(folder), folder / "out")
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    return (folder / "out" / "proposal.json").read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize(
    ("moment", "polite"),
    [
        ("ways of allying", signal.SIGTERM),  # before there is a proposal
        ("first proposal", signal.SIGINT),
        ("first proposal", signal.SIGTERM),
        ("measuring on fresh luck: 1", signal.SIGINT),  # the search is over, its figures are not
    ],
)
def test_stopped_by_a_signal_and_gone_on_with(
    moment: str, polite: signal.Signals, undisturbed: bytes, tmp_path: Path
) -> None:
    table, out = table_of_thirty(tmp_path), tmp_path / "out"
    process = search(table, out)
    assert process.stderr is not None
    assert any(moment in line for line in process.stderr)
    process.send_signal(polite)
    said, complained = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130 and "Traceback" not in complained
    files = {path.name for path in out.rglob("*") if path.is_file()}
    assert not [name for name in files if name.startswith(".") or name.endswith(".tmp")]
    if not files:
        assert moment == "ways of allying" and "before there was a first proposal" in complained
    else:
        stopped = read_proposal(out / "proposal.json")
        assert stopped.hunt.stopped and stopped.promised <= stopped.budget
        assert stopped.alliances or stopped.funded
        assert {"report.html", "proposal.xlsx", "proposal.csv", "pairs.csv", "search.npz"} <= files
        assert "the same command goes on from here" in " ".join(said.split())
    again = search(table, out)
    again.communicate(timeout=PATIENCE)
    assert again.returncode == 0
    assert (out / "proposal.json").read_bytes() == undisturbed
