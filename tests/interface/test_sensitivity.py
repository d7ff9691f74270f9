"""`alliances sensitivity`: from a table, a sweep file, a finished sweep; in both
languages; bad input in words."""

import json

FEW = ("--trajectories", "2", "--points", "4", "--replicates", "2", "--keep", "3", "--years", "2")


def test_it_says_what_decides_the_gain(run, tmp_path):
    """In both languages; the second asks of the runs that the first has kept."""
    for lang, said in (
        ("en", "What decides the gain of villages that began weak"),
        ("zh", "最能决定起步薄弱村较未联建的增收"),
    ):
        code, out, _ = run(
            "sensitivity", "jinxi", *FEW, "--points", "64", "--outcome", "gain_weak", "--lang", lang
        )
        assert code == 0
        assert said in "".join(out.split("\n")) or said in " ".join(out.split())
    folder = tmp_path / "out" / "sensitivity-jinxi"
    assert {"morris.csv", "sobol.csv", "sensitivity.json"} <= {
        path.name for path in folder.iterdir()
    }
    assert (
        (folder / "figures" / "sobol_gain_weak.svg").read_text(encoding="utf-8").startswith("<?xml")
    )


def test_a_sweep_file_says_what_is_varied_and_its_results_can_be_analysed_again(run, tmp_path):
    (tmp_path / "ask.toml").write_text(
        'scenarios = ["jinxi"]\nstrategies = ["none", "culture"]\nyears = 2\nreplicates = 2\nseed = 3\ndesign = "morris"\npoints = 3\n'
        'outcomes = ["gain_mean"]\n[uncertainties]\ndiscount = "prior"\nlet.fail = "prior"\n[levers]\nspan = {low = 3, high = 9}\n',
        encoding="utf-8",
    )
    code, out, _ = run(
        "sensitivity",
        "ask.toml",
        "--method",
        "morris",
        "--outcome",
        "gain_mean",
        "--json",
        "--out",
        "a",
    )
    assert code == 0
    body = json.loads(out)
    assert body["strategy"] == "culture" and body["methods"]["morris"]["points"] == 3 * 4
    assert {row["quantity"] for row in body["methods"]["morris"]["indices"]["gain_mean"]} == {
        "discount",
        "let.fail",
        "span",
    }
    assert run("sweep", "ask.toml", "--out", "b")[0] == 0
    code, out, _ = run("sensitivity", "b", "--json", "--out", "c")
    assert code == 0
    assert json.loads(out)["methods"]["morris"]["indices"] == body["methods"]["morris"]["indices"]
    (tmp_path / "b" / "parts" / "part-000000.parquet").unlink()
    code, _, complaint = run("sensitivity", "b", "--lang", "zh")
    assert code == 2 and "设计不完整" in complaint


def test_everything_wrong_is_said_at_once(run):
    code, _, complaint = run(
        "sensitivity",
        "jinxi",
        "--method",
        "foo",
        "--points",
        "100",
        "--lever",
        "span=1..90",
        "--outcome",
        "gain",
        "--strategy",
        "none",
    )
    assert code == 2
    for said in (
        "5 problems",
        "--method",
        "power of two",
        "2 to 15",
        "gain_weak",
        "no gain over itself",
    ):
        assert said in complaint


def test_a_comparison_shows_the_analysis_of_the_same_and_refuses_another(
    run, without_figures, tmp_path
):
    assert run("sensitivity", "jinxi", *FEW, "--outcome", "gain_weak", "--out", "s")[0] == 0
    asked = (
        "--strategies",
        "none,strong_leads_weak",
        "--runs",
        "12",
        "--mode",
        "prior",
        "--no-rivals",
        "--sensitivity",
        "s",
    )
    assert run("compare", "jinxi", *asked, "--years", "2", "--out", "c")[0] == 0
    load = json.loads((tmp_path / "s" / "sensitivity.json").read_text(encoding="utf-8"))["methods"][
        "sobol"
    ]["sentences"]["gain_weak"]["en"]
    page = (tmp_path / "c" / "report.html").read_text(encoding="utf-8")
    assert 'id="sensitivity"' in page and "averaged out" in page and len(load) > 3
    code, _, complaint = run("compare", "jinxi", *asked, "--years", "3", "--out", "d")
    assert code == 2 and "--sensitivity" in complaint and "not compared here" in complaint
