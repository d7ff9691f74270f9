"""`alliances propose` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alliances.cli import main
from experiments.alternatives import load as load_alternatives
from experiments.propose.answer import read
from sim.scenario import load

pytestmark = pytest.mark.usefixtures("compiled_model")
PLAIN = ["--strategies", "strong_leads_weak,service_sharing", "--runs", "30", "--objective", "gain_total", "--budget", "150万"]


def test_it_writes_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["propose", "jinxi", *PLAIN, "--out", str(tmp_path), "--lang", "en"]) == 0
    out, err = capsys.readouterr()
    found = read(tmp_path / "proposal.json")
    assert found.alliances and found.alliances[0].lead in out and "first proposal" in err
    rows = (tmp_path / "proposal.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 6 and len((tmp_path / "alliances.csv").read_text(encoding="utf-8-sig").splitlines()) == 1 + len(found.alliances)
    partitions = load_alternatives(tmp_path / "alternatives.toml", load("jinxi"))
    assert [sorted(g.members) for g in partitions[0].given] == [[m.position for m in a.members] for a in found.alliances]


def test_json_alone_on_the_output_and_the_same_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["propose", "jinxi", *PLAIN, "--out", str(tmp_path), "--json"]) == 0
    first = capsys.readouterr().out
    assert json.loads(first)["question"]["table"] == "jinxi"
    assert main(["propose", "jinxi", *PLAIN, "--out", str(tmp_path), "--json", "--workers", "1"]) == 0
    assert capsys.readouterr().out == first


def test_in_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--must", "金峨村、雷山村", "--never", "税务场村，余家坝村", "--radius", "8公里", "--size", "2-4"]
    assert main(["propose", "jinxi", *PLAIN, *words, "--out", str(tmp_path), "--lang", "zh"]) == 0
    out = capsys.readouterr().out
    assert "本方案" in out and "联合体" in out
    groups = [{m.village for m in a.members} for a in read(tmp_path / "proposal.json").alliances]
    assert any({"金峨村", "雷山村"} <= g for g in groups) and not any({"税务场村", "余家坝村"} <= g for g in groups)
    assert all(len(g) <= 4 for g in groups)


def test_everything_that_is_wrong_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = ["--objective", "joy", "--size", "nine", "--radius", "far", "--must", "金峨,雷山村", "--budget", "much", "--out", str(tmp_path)]
    assert main(["propose", "jinxi", *wrong, "--lang", "en"]) == 2
    err = capsys.readouterr().err
    for word in ("joy", "nine", "far", "金峨", "金峨村", "much"):
        assert word in err


def test_rules_that_cannot_all_be_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = ["--must", "金峨村,雷山村", "--never", "金峨村,雷山村", "--out", str(tmp_path)]
    assert main(["propose", "jinxi", *both, "--lang", "zh"]) == 2
    assert "相矛盾" in capsys.readouterr().err
