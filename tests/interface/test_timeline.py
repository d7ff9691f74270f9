"""`alliances timeline`: of a table's run and of a sweep's, in both languages, and what is wrong."""

import json

import pandas as pd
import pytest
from village_alliances.experiments.store import read_runs


@pytest.mark.parametrize(("lang", "said"), [("en", "one run of many"), ("zh", "未联建则为")])
def test_a_run_of_a_table(run, lang, said, tmp_path):
    code, out, _ = run(
        "timeline", "jinxi", "--run", "3", "--village", "雷山村", "--years", "3", "--lang", lang
    )
    assert code == 0 and said in "".join(out.split("\n")) and "雷山村" in out
    assert len(pd.read_csv(tmp_path / "out" / "timeline-jinxi" / "series.csv")) == 13


def test_a_run_of_a_sweep(run, tmp_path):
    asked = 'scenarios = ["jinxi"]\nstrategies = ["culture"]\nyears = 2\nreplicates = 3\noutcomes = ["gain_mean"]\n'
    (tmp_path / "ask.toml").write_text(asked, encoding="utf-8")
    assert run("sweep", "ask.toml", "--out", "s")[0] == 0
    row = read_runs(tmp_path / "s").iloc[1]
    code, out, _ = run("timeline", "s", row.run_id, "--village", "金峨村", "--json")
    assert code == 0
    body = json.loads(out)
    assert (body["village"], body["run"], body["strategy"]) == ("金峨村", 1, "culture") and len(
        body["series"]
    ) == 9


def test_what_is_wrong(run, tmp_path):
    code, _, complaint = run("timeline", "jinxi", "--village", "雷村", "--years", "1")
    assert code == 2 and "雷山村" in complaint
    code, _, complaint = run("timeline", "jinxi", "abc", "--run", "-1", "--strategy", "foo")
    assert code == 2 and "3 problems" in complaint
