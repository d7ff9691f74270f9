"""The command that the page names gives its answer again, with files beside it where a planner set
or brought something."""

from __future__ import annotations

import json
import math
import shlex
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

pytest.importorskip("solara", reason="the dashboard is not installed")
from village_alliances.experiments.answered import answered
from village_alliances.experiments.reader import read_design
from village_alliances.interface import cli
from village_alliances.interface.dashboard import (
    again,
    answers,
    proposals,
    sweeps,
    tables,
    technologies,
)
from village_alliances.interface.dashboard.hunts import Hunt
from village_alliances.interface.dashboard.pages.propose import task_of
from village_alliances.interface.dashboard.state import from_query

TABLE = """村名,乡镇,人口,集体经济收入（万元）,联合体
甲村,东镇,800,约3,东联
乙村,东镇,700,2-5,东联
丙村,东镇,900,65,
"""
TYPES = b"[let.profit_rate]\nvalue = 0.2\nlow = 0.1\nhigh = 0.4\ndistribution = 'lognormal'\nunit = '1/year'\nkind = 'assumption'\nreason = 'a guess'\n"


def run(command: str, capsys: pytest.CaptureFixture[str]) -> Any:
    """What a command of the page prints for scripts."""
    capsys.readouterr()
    code = cli.main([*shlex.split(command)[1:], "--json", "--lang", "en"])
    out, error = capsys.readouterr()
    assert code == 0, error
    return json.loads(out)


@pytest.mark.slow
def test_own_table_strategies_and_types_are_read_from_the_files_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tables.take(tables.Brought("jinxi.csv", _base64(TABLE)))
    types = technologies.take("mine.toml", TYPES)
    here = from_query(
        "source=table&years=2&seed=3&set=grant_per_village=90000"
        "&strategies=none~own.strong_leads_weak!lead=township!measures=mentoring~industry_chain"
    )
    question = answers.request_of(here, own, types)
    scenario = answers.scenario_of(here, own)
    assert scenario is not None
    reply = answers.answer(question, scenario, 8, True)
    monkeypatch.chdir(tmp_path)
    for name, content in again.files_of(question.strategies, types.digest, own.table).items():
        Path(name).write_bytes(content)
    comparison = run(reply.command, capsys)["comparison"]
    mine, theirs = (
        [
            math.nan if row["diff_p05"] is None else row["diff_p05"]
            for row in rows
            if row["outcome"] in ("gain_weak", "gain_mean", "jobs")
        ]
        for rows in (answered(pd.DataFrame(reply.table)).to_dict("records"), comparison)
    )
    assert theirs == pytest.approx(mine, nan_ok=True) and len(mine) == 9
    assert not {"mine.toml", "strategy-1.toml", "jinxi-table.csv"} - {
        p.name for p in tmp_path.iterdir()
    }


def test_proposal_is_asked_again_with_every_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tables.take(tables.Brought("东镇.csv", _base64(TABLE)))
    types = technologies.take("mine.toml", TYPES)
    here = from_query(
        "page=propose&source=table&years=5&seed=4&mode=prior&budget=700000&most=4&radius=11&stages=1"
        "&keep=existing&objective=gain_weak&must=甲村,乙村&set=grant_years=2"
    )
    scenario = answers.scenario_of(here, own)
    assert scenario is not None
    task, problems = task_of(here, scenario, types)
    hunt = Hunt(name=task.id, task=task, asked=here, types=types)
    monkeypatch.chdir(tmp_path)
    for name, content in proposals.files_of(hunt, []).items():
        Path(name).write_bytes(content)
    asked: list[str] = []

    def note(task: Any, **_: Any) -> None:
        asked.append(task.id)
        raise KeyboardInterrupt

    monkeypatch.setattr("village_alliances.experiments.propose.propose", note)
    cli.main(shlex.split(proposals.of_proposal(hunt))[1:])
    assert not problems and asked == [task.id]


def test_sweep_file_names_the_files_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tables.take(tables.Brought("东镇.csv", _base64(TABLE)))
    types = technologies.take("mine.toml", TYPES)
    here = from_query(
        "source=table&years=3&runs=50&strategies=none~own.enclave!lead=firm&vary=span"
    )
    monkeypatch.chdir(tmp_path)
    for name, content in sweeps.files_beside(here, own, types).items():
        Path(name).write_bytes(content)
    Path(sweeps.FILE).write_text(sweeps.file_of(here, own, types), encoding="utf-8")
    theirs, mine = read_design(sweeps.FILE), sweeps.design_asked(here, own, types)
    assert list(theirs.fingerprints.values()) == list(mine.fingerprints.values())
    assert theirs.settings == mine.settings


def _base64(text: str) -> str:
    import base64

    return base64.b64encode(text.encode()).decode()
