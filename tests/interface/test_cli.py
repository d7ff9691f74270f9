"""The command as planners and scripts meet it: help, lists, checks, comparisons,
errors in words, exit codes."""

import argparse
import ast
import csv
import inspect
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from village_alliances.calibration.evidence import documents, named
from village_alliances.interface import inputs, terminal
from village_alliances.wording import area_of, areas, entry, language, numbers, say, table

ROOT = Path(__file__).parents[2]
HEAVY = ("numba", "numpy", "pandas", "matplotlib", "pydantic", "scipy", "mesa")
ASKED = (
    "compare",
    "jinxi",
    "--strategies",
    "none,strong_leads_weak",
    "--runs",
    "12",
    "--mode",
    "prior",
)


def outside(*words, **environment):
    """The same in a process of its own."""
    by_name = {
        key: value
        for key, value in os.environ.items()
        if key not in ("LANG", "LC_ALL", "LC_MESSAGES")
    }
    return subprocess.run(
        [sys.executable, "-m", "village_alliances", *words],
        cwd=ROOT,
        env={**by_name, "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


# --- help and language


def test_an_interruption_that_passes_through_exec_ends_with_our_exit_code() -> None:
    code = (
        "import os, signal, sys\n"
        "from village_alliances.interface.cli import INTERRUPTED, interrupted_alike\n"
        "with interrupted_alike():\n"
        "    try: exec('os.kill(os.getpid(), signal.SIGINT); pass')\n"
        "    except KeyboardInterrupt: sys.exit(INTERRUPTED)\n"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 130


def test_help_is_quick_because_it_imports_little():
    society = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; from village_alliances.interface.cli import main; "
            f"main(['--help']); print([m for m in {HEAVY} if m in sys.modules])",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert society.stdout.splitlines()[-1] == "[]"
    for name in table("cli.command"):
        assert name in society.stdout


def test_every_command_has_a_module_and_every_module_a_line_of_help():
    modules = {
        path.stem.replace("_", "-") for path in (ROOT / "interface" / "commands").glob("*.py")
    } - {"--init--"}
    assert modules == set(table("cli.command"))


@pytest.mark.parametrize("name", table("cli.command"))
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_command_explains_itself(run, name, lang):
    code, out, _ = run(name, "--help", "--lang", lang)
    assert code == 0
    assert table("cli.command")[name][lang].split("，")[0].split(",")[0] in " ".join(out.split())
    assert "{" not in out.replace("{en,zh}", "").replace("{point", "")
    headings = re.findall(r"^\w+[:：]$", out, flags=re.M)
    assert headings and {heading[-1] for heading in headings} == {"：" if lang == "zh" else ":"}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LC_ALL": "zh_TW", "LANG": "en_US"}, "zh"),
        ({"LC_ALL": "C", "LANG": "zh_CN"}, "en"),
        ({"LC_ALL": "", "LANG": "zh_CN"}, "zh"),
    ],
)
def test_the_language_is_that_of_the_environment(environment, expected):
    assert language(environment) == expected


def test_the_option_is_above_the_environment():
    assert outside("--help", LANG="zh_CN.UTF-8").stdout.startswith("用法")
    assert outside("--help", "--lang", "en", LANG="zh_CN.UTF-8").stdout.startswith("usage")


def test_without_a_command_help_is_shown_and_the_code_is_2(run):
    code, out, _ = run()
    assert code == 2
    assert out.startswith("usage")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compare"], "缺少参数：TABLE"),
        (["compare", "jinxi", "--rans", "4"], "无法识别的参数：--rans 4"),
        (["compare", "jinxi", "--runs"], "参数 --runs：缺少数值"),
        (["comapre"], "没有这个选择"),
        (["dashboard", "--port", "0"], "应为 1～65535 的数"),
    ],
)
def test_wrong_syntax_is_said_in_chinese(run, words, said):
    code, _, complaint = run(*words, "--lang", "zh")
    assert code == 2
    assert said in complaint


# Said to whoever writes a parser, or of what this command does not use (prefixes, files as types,
# versions of its own).
NOT_HEARD = (
    "conflict", "merge", "required", "callable", "dest=", "invalid option string", "mutually", "__call__", "positionals",
    "can't open", "mode %r", "(default", "subcommands", "multiple subparser", "show ", "error: ", "warning: ", "deprecated",
)  # fmt: skip


def test_every_sentence_of_argparse_that_a_user_may_hear_is_in_the_catalogue():
    """Read from its source, so that a Python that says something new is noticed."""
    said = {
        node.args[i].value
        for node in ast.walk(ast.parse(inspect.getsource(argparse)))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "ngettext")
        for i in range(1 if node.func.id == "_" else 2)
        if isinstance(node.args[i], ast.Constant)
    }
    asked = {"the following arguments are required: %s", "one of the arguments %s is required"}
    heard = {
        sentence for sentence in said if not any(part in sentence for part in NOT_HEARD)
    } | asked
    assert len(heard) > 12 and heard <= set(table("cli.syntax"))


def texts_of(texts, path=""):
    """Every text of an area, with its key."""
    for name, value in texts.items():
        if isinstance(value, dict) and set(value) & {"en", "zh"}:
            yield f"{path}{name}", value
        elif isinstance(value, dict):
            yield from texts_of(value, f"{path}{name}.")


@pytest.mark.parametrize("area", areas())
def test_every_text_is_there_in_both_languages_with_the_same_places(area):
    for key, text in texts_of(area_of(area)):
        assert set(text) == {"en", "zh"}, f"{area}.{key}"
        places = [sorted(set(re.findall(r"\{(\w*)[^}]*\}", text[lang]))) for lang in ("en", "zh")]
        assert places[0] == places[1], f"{area}.{key}"


def test_a_text_that_is_not_there_is_named():
    assert say("compare.group.weak", "zh") == entry("compare.group.weak")["zh"]
    for key in ("compare.group.nobody", "nowhere.at_all", "compare.group"):
        with pytest.raises(KeyError, match=key.split(".")[0]):
            say(key, "en")


# --- numbers and tables


@pytest.mark.parametrize(
    ("value", "unit", "en", "zh"),
    [
        (123_456.0, "yuan", "123,000 yuan", "12.3 万元"),
        (9_876.0, "yuan/year", "9,880 yuan a year", "9880 元/年"),
        (1.234e9, "yuan", "1,230,000,000 yuan", "12.3 亿元"),
        (0.0, "yuan", "0 yuan", "0 元"),
        (-45_000.0, "yuan", "−45,000 yuan", "−4.5 万元"),
        (2.0, "villages", "2 villages", "2 个"),
        (1.5, "villages", "1.5 villages", "1.5 个"),
        (0.5204, "0..1", "0.520", "0.520"),
        (float("nan"), "yuan", "- yuan", "- 元"),
    ],
)
def test_quantities_read_as_planners_write_them(value, unit, en, zh):
    assert numbers.quantity(value, unit, "en") == en
    assert numbers.quantity(value, unit, "zh") == zh


def test_signs_and_shares():
    assert numbers.number(1234.0, "yuan", "en", signed=True) == "+1,230"
    assert numbers.number(-0.0001, "0..1", "en", signed=True) == "0.000"
    assert [numbers.percent(share) for share in (0, 0.001, 0.614, 0.999, 1, float("nan"))] == [
        "0%",
        "<1%",
        "61%",
        ">99%",
        "100%",
        "-",
    ]
    assert [numbers.percent(share) for share in (-0.002, -0.02)] == ["0%", "−2%"]


@pytest.mark.parametrize(
    ("values", "en", "zh"),
    [
        ([800, 123_456], ["800 yuan", "123,000 yuan"], ["0.08 万元", "12.3 万元"]),
        ([9_999.0, 5_400], ["10,000 yuan", "5,400 yuan"], ["1 万元", "0.54 万元"]),
        ([-7_654.0, 40], ["−7,650 yuan", "+40 yuan"], ["−7650 元", "+40 元"]),
        ([2.5e8, 30_000], ["+250,000,000 yuan", "+30,000 yuan"], ["+2.5 亿元", "+0.0003 亿元"]),
    ],
)
def test_money_of_a_column_has_one_unit(values, en, zh):
    signed = min(values) < 0 or max(values) > 1e8
    assert numbers.quantities(values, "yuan", "en", signed=signed) == en
    assert numbers.quantities(values, "yuan", "zh", signed=signed) == zh


def test_tables_align_where_chinese_takes_two_columns():
    lines = terminal.table([("村", "收入"), ("Tianyang", "12.3"), ("金峨村", "-1")], "<>").split(
        "\n"
    )
    assert {terminal.width(line) for line in lines} == {14}
    assert lines[2] == "金峨村      -1"


def test_paragraphs_fill_the_columns_in_both_languages():
    zh = terminal.wrap("村集体" * 20 + "。", 40)
    assert max(map(terminal.width, zh.split("\n"))) <= 42  # a closing mark may hang over
    assert not any(line.startswith("。") for line in zh.split("\n"))
    en = terminal.wrap("alliance of villages " * 9, 40)
    assert max(map(len, en.split("\n"))) <= 40
    assert en.split() == ("alliance of villages " * 9).split()
    assert not any(
        line.endswith("“") for line in terminal.wrap("x “Strong village” " * 9, 23).split("\n")
    )


def test_progress_is_a_line_now_and_then_where_there_is_no_terminal(capsys, monkeypatch):
    monkeypatch.setattr(terminal, "PLAIN_EVERY", 0.0)
    with terminal.Progress("zh") as progress:
        progress(20, 500)
    assert capsys.readouterr().err == "已完成 20 / 500 次模拟\n"


def test_progress_is_a_bar_on_a_terminal():
    import io

    class Screen(io.StringIO):
        def isatty(self):
            return True

    screen = Screen()
    with terminal.Progress("en", screen) as progress:
        progress(250, 500)
        progress(500, 500)
    assert "50" in screen.getvalue() and "runs" in screen.getvalue()


# --- lists


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["scenarios", "strategies", "parameters", "technology"])
def test_lists_name_their_sources(run, name, lang):
    code, out, complaint = run(name, "--lang", lang)
    assert (code, complaint) == (0, "")
    assert "以联村党建推进乡村全面振兴" in out
    assert (documents()[2].title_en in out) == (lang == "en")
    assert {"en": "Documents:", "zh": "文献："}[lang] in out


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "From outside:\n"), ("zh", "外部资料：\n")],
)
@pytest.mark.parametrize("name", ["parameters", "technology"])
def test_lists_say_who_states_a_figure_from_outside(run, name, lang, said):
    listed = run(name, "--lang", lang)[1].partition(said)[2]
    row = named("X048")
    line = next(line for line in listed.splitlines() if "X048" in line)
    assert row.source(lang) in line and row.address in line
    assert named("X105").source(lang) in listed or name == "parameters"


def test_lists_as_json(run):
    scenarios = json.loads(run("scenarios", "--json")[1])
    by_name = {scenario["name"]: scenario for scenario in scenarios["scenarios"]}
    assert (
        by_name["jinxi"]["villages"] == 5
        and "jinxi-population" in by_name["jinxi"]["evidence"]
        and 0 in by_name["jinxi"]["documents"]
    )
    assert scenarios["not_simulated"][0]["reason"]["zh"]
    strategies = json.loads(run("strategies", "--json")[1])["strategies"]
    assert strategies[0]["name"] == "none" and all(strategy["evidence"] for strategy in strategies)
    parameters = json.loads(run("parameters", "--json")[1])
    assert {"value", "low", "high", "unit", "evidence", "assumption"} <= set(
        parameters["parameters"][0]
    )
    assert any(parameter["name"] == "grant_per_village" for parameter in parameters["levers"])


def test_a_strategy_file_to_start_from_is_the_strategy_itself(run):
    from village_alliances.sim.strategy import read_strategy, shipped

    for lang in ("en", "zh"):
        code, out, _ = run(
            "strategies", "--write", f"{lang}.toml", "--from", "governance", "--lang", lang
        )
        assert code == 0 and f"{lang}.toml" in out
        own = read_strategy(f"{lang}.toml")
        assert own.institutions() == shipped("governance").institutions() and own.name == lang
    code, _, complaint = run("strategies", "--write", "en.toml")
    assert code == 2 and "a new .toml file" in complaint
    code, _, complaint = run("strategies", "--write", "b.toml", "--from", "nothing", "--lang", "zh")
    assert code == 2 and "nothing" in complaint and not Path("b.toml").exists()


def test_strategies_of_equal_institutions_are_named(run):
    assert "Property elsewhere, Unlike" in " ".join(run("strategies")[1].split())


def test_a_technology_file_is_checked_with_all_that_is_wrong(run):
    Path("ours.toml").write_text("solar = 3\n[let.foo]\nvalue = 1\n", encoding="utf-8")
    for command in (("technology",), ("compare", "jinxi")):
        code, out, complaint = run(*command, "--technology", "ours.toml")
        assert (code, out) == (2, "")
        assert "solar" in complaint and "foo" in complaint
    complaint = run("technology", "--technology", "ours.toml", "--lang", "zh")[2]
    assert "名称与取值的表" in complaint and "expected" not in complaint
    load = json.loads(run("technology", "--json")[1])["technology"]
    assert len(load) == 8 and load[0]["numbers"]["unit_cost"]["unit"] == "yuan/mu"


def test_mixes_are_refused_with_what_to_do_instead(run):
    code, _, complaint = run(
        "compare", "jinxi", "--strategies", "none;industry_chain:0.6,culture:0.4"
    )
    assert code == 2 and "--write" in complaint


# --- check


def test_check_lists_what_is_known_with_its_evidence_and_what_is_drawn(run):
    code, out, _ = run("check", "jinxi")
    assert code == 0
    assert re.search(
        r"雷山村\s+collective income\s+under 10,000 yuan a year\s+jinxi-leishan-collective-income-before \[0:\d+\]",
        out,
    )
    assert "total of population: 4,397" in out
    assert re.search(r"collective income\s+0\s+2\s+3\s+lognormal, median 107,000", out)


def test_check_speaks_chinese_throughout(run):
    _, out, _ = run("check", "jinxi", "--lang", "zh")
    assert "低于 1 万元/年" in out and "花木" in out and "强村带动" in "".join(out.split())
    text = out[out.index("已知") : out.index("说明")]
    assert not re.findall(r"\b(?:years|persons|flowers|grow|under|over)\b", text)


def test_check_prints_back_what_it_understood_of_an_own_table(run):
    _, out, _ = run("check", ROOT / "tests/good_tables/county_gbk.csv")
    assert re.search(
        r"村集体经营性收入（万元）\s+collective_income\s+万元\s+.*1 万元 = 10,000 yuan/year", out
    )
    assert "gb18030" in out
    assert "The groups are ours, not the county's: by township" in " ".join(out.split())


def test_check_as_json(run):
    body = json.loads(run("check", "jinxi", "--json")[1])
    leishan = next(village for village in body["villages"] if village["name"] == "雷山村")
    assert leishan["known"]["debt"] == {
        "kind": "bounded",
        "low": 2.5e6,
        "high": 1e10,
        "evidence": "jinxi-leishan-debt-before",
    }
    source = next(value for value in body["evidence"] if value["id"] == "jinxi-leishan-debt-before")
    assert source["place"] == {"en": "Leishan Village", "zh": "雷山村"} and source["year"] == 2014
    assert "debt" in source["note"]["en"] and "外债" in source["note"]["zh"]
    assert body["alliances"][0]["founded"] == "2015Q2"
    assert body["problems"] == []


def test_check_says_all_problems_at_once(run):
    code, out, complaint = run("check", ROOT / "tests/bad_tables/many_at_once.csv", "--lang", "zh")
    assert (code, out) == (2, "")
    assert complaint.startswith("共 10 处问题：\n") and "第 4 行“人口”列" in complaint
    code, out, _ = run("check", ROOT / "tests/bad_tables/many_at_once.csv", "--json")
    assert code == 2
    problems = json.loads(out)["problems"]
    assert len(problems) == 10 and {"row", "column", "found", "expected"} <= set(problems[0])


def test_check_of_thousands_of_problems_fits_on_a_page_and_ends_with_what_to_do(run, tmp_path):
    rows = [f"{n}村,{n % 600 / 1000},{n},{9 + n % 700},无此环节{n}" for n in range(5000)]
    path = tmp_path / "many.csv"
    path.write_text("\n".join(["村名,人口,集体经济收入,户数,环节", *rows]), encoding="utf-8")
    code, _, complaint = run("check", path)
    lines = complaint.splitlines()
    assert code == 2 and len(lines) < 60
    assert re.search(r"and [0-9,]+ more, column '环节': found 4,995 more, such as", complaint)
    assert lines[-1] == "Do not go on yet: put this right, then check again."


def test_check_as_json_says_how_grave_each_point_is(run, tmp_path):
    path = tmp_path / "own.csv"
    text = "村名,人口,集体经济收入(元),村庄面积(亩)\n甲村,500,12,480\n乙村,600,25,590\n"
    path.write_text(text, encoding="utf-8")
    warnings = json.loads(run("check", path, "--json")[1])["table"]["warnings"]
    grave = {said["severity"]: said for said in warnings}
    assert set(grave) == {"ask", "note"} and "万元" in grave["ask"]["zh"]
    path.write_text(text.replace("500", "五百口"), encoding="utf-8")
    refused = json.loads(run("check", path, "--json")[1])["problems"]
    assert [problem["severity"] for problem in refused] == ["refuse"]


def test_check_finds_a_strategy_that_is_none(run, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(
        "村名,联合体,策略\n甲村,东溪,强村带动\n乙村,东溪,强村带动\n丙村,西溪,无此策略\n丁村,西溪,无此策略\n",
        encoding="utf-8",
    )
    code, _, complaint = run("check", path)
    assert code == 2
    assert "无此策略" in complaint and "强村带动" not in complaint


def test_a_template_can_be_filled_in_and_checked(run, tmp_path):
    for name in ("villages.xlsx", "villages.csv"):
        assert run("check", "--template", name)[0] == 0
        assert run("check", name)[0] == 0
    assert run("check", "--template", "villages.pdf")[0] == 2
    assert run("check")[0] == 2


# --- bad input


def test_everything_wrong_with_a_command_line_is_said_at_once(run, tmp_path):
    code, out, complaint = run(
        "compare",
        "jinx",
        "--strategies",
        "strong_lead_weak,none:x",
        "--lever",
        "spam=1",
        "--lever",
        "span=99",
        "--require",
        "x<1",
        "--runs",
        "many",
        "--seed",
        "-1",
        "--mode",
        "best",
        "--out",
        "out",
    )
    assert (code, out) == (2, "")
    lines = complaint.splitlines()
    assert lines[0] == "9 problems:" and len(lines) == 10
    for part in (
        "scenarios: jinxi",
        "strong_leads_weak",
        "--write FILE.toml",
        "spam",
        "2 to 15 villages",
        "'x'",
        "'many'",
        "--seed",
        "prior",
    ):
        assert part in complaint
    assert list(tmp_path.iterdir()) == []


def test_a_problem_is_said_in_chinese(run):
    code, _, complaint = run("compare", "jinx", "--runs", "0", "--lang", "zh")
    assert code == 2
    assert complaint.startswith("共 2 处问题：") and "既不是情景" in complaint


@pytest.mark.parametrize(
    ("lever", "en", "zh"),
    [
        (
            "grant_per_village",
            "expected 0 to 500,000 yuan/member/year",
            "应为 0～500000（元/成员村·年）",
        ),
        ("pandemic_shock", "expected -1.5 to 0 log points", "应为 -1.5～0（对数点）"),
    ],
)
def test_from_where_to_where_a_lever_goes_is_said_with_its_unit_in_words(run, lever, en, zh):
    for command in ("compare", "sensitivity"):
        for lang, expected in (("en", en), ("zh", zh)):
            code, _, complaint = run(command, "jinxi", "--lever", f"{lever}=9e9", "--lang", lang)
            assert code == 2 and expected in complaint, complaint
    assert (
        zh.removeprefix("应为 ")
        in run("sensitivity", "jinxi", "--lever", f"{lever}=0..9e9", "--lang", "zh")[2]
    )


def test_units_of_parameters_are_in_the_language_of_the_list(run):
    printed = run("parameters", "--lang", "zh")[1]
    assert "元/村·年" in printed and "1/季" in printed
    assert not re.search(r"yuan/|1/quarter|log point", printed)


def test_a_unit_of_chinese_has_one_stroke_and_points_after_it(run):
    printed = run("parameters", "--lang", "zh")[1] + run("technology", "--lang", "zh")[1]
    assert "元/成员村·年" in printed and "元/岗位·年" in printed and "元/人" in printed
    assert not re.search(r"元/[^\s/]+/[^\s/]+|元/头", printed)


def test_brackets_after_a_chinese_word_are_wide(run):
    printed = "".join(
        run(*command, "--lang", "zh")[1]
        for command in (("technology",), ("check", "jinxi"), ("strategies", "cross_border"))
    )
    assert "（let）" in printed
    assert not re.search(r"[\u4e00-\u9fff）] ?\(", printed)


def test_a_folder_without_a_scenario_is_bad_input(run, tmp_path):
    code, _, complaint = run("check", tmp_path)
    assert code == 2
    assert "scenario.toml" in complaint


def test_a_place_that_cannot_be_written_to_is_told_before_anything_runs(run, tmp_path):
    (tmp_path / "taken").write_text("a file")
    code, _, complaint = run(*ASKED, "--out", "taken")
    assert code == 2
    assert "--out taken" in complaint


def test_runs_that_cannot_fit_are_refused(run):
    code, _, complaint = run(*ASKED[:-4], "--runs", "10000000", "--years", "100")
    assert code == 2
    assert "memory" in complaint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("none,strong_leads_weak", ["none", "strong_leads_weak"]),
        ("none;own,one.toml;culture", ["none", "own,one.toml", "culture"]),
        (" none ， culture ；", ["none ， culture".replace(" ， ", " , ")]),
        ("none，culture", ["none", "culture"]),
        ("none,C:\\own.toml", ["none", "C:\\own.toml"]),
        ("", []),
    ],
)
def test_strategies_of_a_list_are_told_apart(text, expected):
    assert inputs.split_strategies(text) == expected


# --- run and compare


def test_run_writes_what_happened(run):
    code, out, _ = run(
        "run",
        "jinxi",
        "--strategy",
        "强村带动",
        "--years",
        "3",
        "--seed",
        "7",
        "--run",
        "2",
        "--out",
        "here",
    )
    assert code == 0
    sentence = " ".join(out.split())
    assert "雷山村" in out and "one run of many" in sentence
    assert "brings a year" in out and "Without alliances, on the same luck" in sentence
    assert {path.name for path in Path("here").iterdir()} == {
        "villages.csv",
        "alliances.csv",
        "projects.csv",
        "events.csv",
        "run.json",
    }
    about = json.loads(Path("here/run.json").read_text(encoding="utf-8"))
    assert about["run"] == 2 and about["quarters"] == 12


def test_a_run_with_project_types_of_ones_own(run):
    Path("mine.toml").write_text('[enclave]\ntitle = {en = "Hall", zh = "厂房"}\n', "utf-8")
    asked = ("run", "jinxi", "--years", "2", "--technology", "mine.toml", "--out", "here")
    code, out, _ = run(*asked)
    assert code == 0 and "Hall" in out
    Path("mine.toml").write_text("[enclave]\nlag = 3\nspeed = {value = 1}\n", "utf-8")
    code, _, complaint = run(*asked)
    assert code == 2 and "mine.toml" in complaint and "speed" in complaint


def test_compare_answers_in_order(run):
    code, out, _ = run(*ASKED, "--require", "public_cost<=1e6", "--full")
    assert code == 0
    parts = [
        "Jinxi five villages (jinxi): 5 villages",
        "Effect: ",
        "Which: ",
        "Cost: ",
        "How sure: ",
        "Ask first: ",
        "Main outcomes at the end of 2020:",
        "std. error",
        "If single villages had the same public money",
        "Projects that alliances begin",
        "Share of runs that meet",
        "What was drawn",
        "Mind: ",
        "Files in out/jinxi",
    ]
    places = [out.index(part) for part in parts]
    assert places == sorted(places)
    assert (Path("out/jinxi") / "report.html").exists()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_compare_answers_on_one_screen(run, without_figures, lang, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    strategies = "none,strong_leads_weak,industry_chain,area_integration"
    asked = ("--strategies", strategies, "--runs", "120", "--seed", "1", "--lang", lang)
    code, out, _ = run("compare", "jinxi", *asked)
    lines = out.strip().splitlines()
    assert code == 0 and len(lines) <= 15
    assert all(terminal.width(line) <= 102 for line in lines)
    assert "report.html" in lines[-1]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_inquire_asks_in_words_and_writes_the_list(run, lang):
    asked = ("--strategies", "none,strong_leads_weak", "--runs", "120", "--lang", lang)
    code, out, _ = run("inquire", "jinxi", *asked, "--out", "found")
    assert code == 0
    assert {"en": "to know everything beforehand", "zh": "即使事先知道一切"}[lang] in out.lower()
    listed = (Path("found") / "inquire.csv").read_text(encoding="utf-8").splitlines()
    assert len(listed) > 20 and listed[0].startswith({"en": "question,", "zh": "问题,"}[lang])
    code, out, _ = run("inquire", "jinxi", *asked, "--json", "--out", "found")
    assert code == 0 and len(json.loads(out)["unknowns"]) > 20


def test_what_was_asked_beside_is_in_the_short_answer_too(run, without_figures):
    code, out, _ = run(*ASKED, "--require", "public_cost<=1e6")
    assert code == 0 and "Share of runs that meet" in out and "std. error" not in out


def test_compare_in_chinese_aligns_its_columns(run, without_figures):
    code, out, _ = run(*ASKED, "--lang", "zh", "--out", "zh", "--full")
    assert code == 0
    rows = [
        line
        for line in out.splitlines()
        if re.match(r"  (未联建|强村带动) ", line) and line.count("[") == 1
    ]
    starts = {terminal.width(re.match(r"  \S+\s+", row)[0]) for row in rows}
    assert len(rows) > 10 and len(starts) == 1
    assert "万元" in out and "yuan" not in out


def test_compare_as_json_is_all_that_is_printed(run, without_figures):
    code, out, _ = run(
        *ASKED,
        "--json",
        "--out",
        "json",
        "--no-rivals",
        "--lever",
        "grant_per_village=10万",
        "--years",
        "2",
    )
    body = json.loads(out)
    assert code == 0
    assert set(body["verdict"]) == {"en", "zh"} and body["rivals"] is None and body["failed"] == 0
    assert (
        body["question"]["levers"] == {"grant_per_village": 100_000.0}
        and body["question"]["years"] == 2
    )
    with open("json/comparison.csv", encoding="utf-8") as file:
        first = next(csv.DictReader(file))
    assert float(first["median"]) == body["comparison"][0]["median"]


def test_compare_takes_an_own_table_and_chinese_titles(run, without_figures, tmp_path):
    run("check", "--template", "own.xlsx")
    completed = ("--region", "zibo", "--start", "2022", "--years", "2")
    code, out, _ = run(
        "compare",
        "own.xlsx",
        "--strategies",
        "未联建，强村带动",
        "--runs",
        "5",
        *completed,
        "--out",
        "o",
        "--full",
    )
    assert code == 0
    assert "2022 to 2023" in out and "example villages of the template" in " ".join(out.split())
    body = json.loads(Path("o/compare.json").read_text(encoding="utf-8"))
    assert (
        body["command"].endswith("--region zibo --start 2022")
        and "compare own.xlsx" in body["command"]
    )


def test_the_command_in_compare_json_repeats_the_comparison(run, without_figures):
    import shlex

    asked = (
        "--strategies",
        "none,strong_leads_weak",
        "--lever",
        "span=5",
        "--require",
        "gini<0.5",
    )
    assert run("compare", "chunhu", *asked, "--runs", "6", "--out", "a")[0] == 0
    body = json.loads(Path("a/compare.json").read_text(encoding="utf-8"))
    assert run(*shlex.split(body["command"])[1:], "--out", "b")[0] == 0
    for name in ("compare.json", "comparison.csv", "runs.parquet"):
        assert Path("a", name).read_bytes() == Path("b", name).read_bytes()


def test_some_failed_runs_give_3(run, without_figures, monkeypatch):
    from village_alliances.experiments import compare as comparing
    from village_alliances.sim import ensemble

    def failing(*arguments, **options):
        ensembles = ensemble.run_together(*arguments, **options)
        for strategy in (ensembles.none, *ensembles.strategies.values()):
            strategy.status[3] = 1
        return ensembles

    monkeypatch.setattr(comparing, "run_together", failing)
    code, out, _ = run(*ASKED)
    assert code == 3
    assert "2 of 84 runs failed" in out


def test_an_interrupt_gives_130_and_is_told(run, monkeypatch):
    from village_alliances.experiments import compare as comparing

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(comparing, "run_together", interrupted)
    code, _, complaint = run(*ASKED, "--lang", "zh")
    assert code == 130
    assert complaint.startswith("已中止")


def test_an_unexpected_error_is_a_line_and_a_log(run, monkeypatch):
    from village_alliances.experiments import compare as comparing

    def broken(*arguments, **options):
        raise RuntimeError("the sky fell")

    monkeypatch.setattr(comparing, "run_together", broken)
    code, _, complaint = run(*ASKED)
    assert code == 1
    assert len(complaint.splitlines()) == 1 and "the sky fell" in complaint
    log = Path(re.search(r"\S+\.log", complaint)[0])
    assert "Traceback" in log.read_text(encoding="utf-8")
    log.unlink()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent another way there")
def test_ctrl_c_stops_a_long_comparison_soon(tmp_path):
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "village_alliances",
            "compare",
            "jinxi",
            "--runs",
            "20000",
            "--strategies",
            "none,enclave",
            "--out",
            str(tmp_path),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    begun_running = any("runs done" in line for line in process.stderr)
    assert begun_running
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode in (
        130,
        -signal.SIGINT,
    )  # a shell shows 130 for both; Python ends the other way where it was amid exec
    assert "Stopped" in complaint and "Traceback" not in complaint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_reader_that_has_had_enough_is_no_error():
    society = subprocess.run(
        f'"{sys.executable}" -m village_alliances parameters | head -1',
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert len(society.stdout.splitlines()) == 1
    assert society.stderr == ""


@pytest.mark.parametrize(
    "command",
    ["compare", "run", "calibrate", "sensitivity", "validate", "inquire", "discovery", "timeline"],
)
def test_a_polite_kill_ends_every_command_like_ctrl_c(run, monkeypatch, command):
    import importlib

    module = importlib.import_module(f"village_alliances.interface.commands.{command}")

    def works(options):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)
        return 0

    monkeypatch.setattr(module, "run", works)
    words = {"calibrate": ["--out", "x"], "validate": []}.get(command, ["jinxi"])
    code, _, complaint = run(command, *words)
    assert code == 130
    assert "No file was left half written" in complaint
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_where_nothing_can_be_kept_that_is_said(tmp_path):
    (tmp_path / "tmp").mkdir()
    ran = outside(
        "run", "jinxi", "--years", "1", "--out", str(tmp_path / "out"), "--lang", "zh",
        HOME="/dev/null", TMPDIR=str(tmp_path / "tmp"), VILLAGE_ALLIANCES_CACHE="/dev/null/x",
        NUMBA_DISABLE_JIT="1",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "/dev/null/x 无法写入" in ran.stderr


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_computed(run, tmp_path):
    (tmp_path / "file").write_text("")
    for words in (
        ("compare", "jinxi"), ("run", "jinxi"), ("propose", "jinxi"), ("sensitivity", "jinxi"),
        ("discovery", "jinxi"), ("timeline", "jinxi", "--village", "x"), ("calibrate",), ("validate",),
    ):  # fmt: skip
        code, _, complaint = run(*words, "--out", tmp_path / "file" / "out")
        assert code == 2, words
        assert "cannot be written" in complaint, words


def test_commands_say_how_much_of_a_table_is_doubtful(run, without_figures, tmp_path):
    (tmp_path / "own.csv").write_text("村名,人口\n甲村,900\n乙村,800\n其他,70\n", encoding="utf-8")
    words = ("compare", "own.csv", "--strategies", "none", "--runs", "2", "--mode", "prior")
    assert "(1; alliances check own.csv lists them)" in " ".join(run(*words)[2].split())
    assert "1 处疑问" in run(*words, "--lang", "zh")[2]
    assert "Questions" not in run("check", "own.csv")[2]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["propose", "jinxi", "--budget", "100"], "--budget"),
        (["propose", "jinxi", "--grants", "0, 6"], "--grants"),
        (["compare", "jinxi", "--lever", "grant_per_village=6"], "--lever grant_per_village"),
        (["compare", "jinxi", "--lever", "ordinary_money=2.5"], "--lever ordinary_money"),
    ],
)
def test_public_money_of_a_few_yuan_is_asked_back(run, tmp_path, arguments, named):
    code, _, said = run(*arguments, "--out", str(tmp_path / "out"))
    assert code == 2 and f"{named}: found" in said and "万" in said
    code, _, said = run(*arguments, "--lang", "zh", "--out", str(tmp_path / "out"))
    assert code == 2 and f"{named}：发现" in said and "元，请写" in said
    assert not (tmp_path / "out").exists()


def test_so_little_money_with_its_unit_is_taken(run, tmp_path):
    out = str(tmp_path / "out")
    code, _, said = run("run", "jinxi", "--lever", "grant_per_village=6元", "--out", out)
    assert code == 0, said
