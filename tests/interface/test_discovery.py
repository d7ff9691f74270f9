"""`alliances discovery`: from a table, from a finished comparison; what is said, and
what is wrong."""

import json

import pytest
from village_alliances.sim.loading import load


def heading(said):
    return said.partition("\n\n")[0].replace("\n", "")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_heading_calls_the_place_by_its_title(run, lang, without_figures):
    title = load("jinxi").title[lang]
    asked = ("--runs", "100", "--mode", "prior", "--lang", lang)
    assert heading(run("discovery", "jinxi", *asked)[1]).startswith(title)
    assert run("compare", "jinxi", "--no-rivals", "--out", "c", *asked)[0] == 0
    stored = run("discovery", "c", "--strategy", "strong_leads_weak", "--lang", lang)[1]
    assert heading(stored).startswith(title)


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "Failing means: gain of a village"), ("zh", "失败是指：较未联建的村均增收")],
)
def test_it_says_where_the_strategy_fails(run, lang, said, tmp_path):
    words = ("--runs", "400", "--fails", "gain_mean<=2万", "--mode", "prior", "--lang", lang)
    code, out, _ = run("discovery", "jinxi", *words)
    assert code == 0 and said in " ".join(out.split())
    assert (tmp_path / "out" / "discovery-jinxi" / "discovery.json").exists()


def test_the_runs_of_a_comparison_serve_as_well(run, without_figures):
    asked = (
        "--strategies",
        "none,culture",
        "--runs",
        "120",
        "--mode",
        "prior",
        "--no-rivals",
        "--out",
        "c",
    )
    assert run("compare", "jinxi", *asked)[0] == 0
    code, out, _ = run("discovery", "c", "--fails", "gain_mean<=1000", "--json")
    assert code == 0
    body = json.loads(out)
    assert body["strategy"] == "culture" and body["runs"] == 120
    code, _, complaint = run("discovery", "c", "--strategy", "project", "--lang", "zh")
    assert code == 2 and "请用 --strategy 指定策略" in complaint


def test_everything_wrong_is_said_at_once(run):
    code, _, complaint = run(
        "discovery", "jinxy", "--fails", "gain=0", "--runs", "-4", "--strategy", "foo"
    )
    assert code == 2
    for said in ("4 problems", "jinxi", "gain=0", "--runs", "foo"):
        assert said in complaint
    assert run("discovery", "jinxi", "--fails", "")[0] == 2
