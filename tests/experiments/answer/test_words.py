"""The answer as it is read: both languages, every kind of case."""

import json
import re

import numpy as np
import pytest
from village_alliances.experiments.answer.amounts import change, share, spread
from village_alliances.experiments.answer.lines import LINES
from village_alliances.experiments.answer.logic import KINDS, conclude
from village_alliances.experiments.answer.words import answer
from village_alliances.wording import say
from village_alliances.wording.numbers import amounts

from tests.experiments.answer.cases import alike, evidence, option
from tests.experiments.answer.test_logic import (
    RUNS,
    aimed_at_the_weak,
    draws,
    gambler,
    neither_pays,
    wins_often_and_brings_less,
    with_rival,
)

NOTHING = np.full(RUNS, np.nan)
HALF = np.where(np.arange(RUNS) % 2, np.nan, 9000.0)


def every_kind():
    """One comparison of each kind of headline."""
    clear = option("A", draws(20_000, 5000))
    return {
        "failed": evidence([option("A", NOTHING)]),
        "one": evidence([option("A", [5000.0])]),
        "alone": evidence([], runs=RUNS),
        "tied": evidence([option("A", np.zeros(RUNS)), option("B", np.zeros(RUNS))]),
        "together": evidence([with_rival(0.1), option("B", draws(10_000, 5000))]),
        "money": evidence([with_rival(0.75)]),
        "money_idle": evidence([neither_pays()]),
        "parted": evidence([wins_often_and_brings_less()]),
        "aimed": evidence([aimed_at_the_weak(9000)]),
        "either": evidence([with_rival(0.5)]),
        "uncompared": evidence([clear]),
        "split": evidence([option("A", gambler()), option("B", draws(-100, 900))]),
        "no": evidence([option("A", draws(-9000, 5000))]),
        "cannot": evidence([option("A", draws(10, 5000))]),
        "broken": evidence([option("A", HALF)]),
    }


CASES = every_kind()


def test_every_kind_of_headline_is_made():
    assert {name: conclude(e).kind for name, e in CASES.items()} == {name: name for name in KINDS}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", CASES)
def test_it_reads_as_a_headline_and_four_lines(kind, lang):
    reply = answer(CASES[kind])
    sentences = reply.sentences(lang)
    assert len(sentences) == (1 if kind in ("failed", "one", "alone") else 1 + len(LINES))
    for sentence in sentences:
        assert (
            sentence.endswith({"en": (".", ")"), "zh": ("。", "）")}[lang]) and "{" not in sentence
        )
        assert "nan" not in sentence and ".." not in sentence and "。。" not in sentence
        assert not re.search(
            r"prior|posterior|median|luck|>99|5 to 95|先验|后验|中位数|运气", sentence
        )
    headlines = [answer(e).headline.text[lang] for e in CASES.values()]
    assert len(set(headlines)) == len(headlines), "each kind says something of its own"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_headline_is_short(lang):
    for kind, e in CASES.items():
        words = answer(e).headline.text[lang]
        assert len(words) <= {"en": 190, "zh": 70}[lang], (kind, words)


def test_the_money_is_the_first_line_and_not_a_clause():
    reply = answer(CASES["money"])
    assert reply.headline.text["en"].startswith("The money rather than acting together")
    assert reply.headline.text["zh"].startswith("增收主要靠资金")
    assert "in about seven simulations in ten" in reply.headline.text["en"]


@pytest.mark.parametrize("gain", [300.0, -300.0])
def test_where_neither_pays_for_sure_no_line_says_that_one_does(gain):
    """By headline and lines: nothing is promised, nobody does best, and the figures agree."""
    less = option("B", neither_pays(gain).values - 2000)
    said = answer(evidence([neither_pays(gain), less]))
    assert said.headline.text == {
        "en": "Neither pays for sure: spread evenly over the same villages, the same public money "
        "does better than “Way A” in about seven simulations in ten.",
        "zh": "联建和直接用钱都不能肯定增收：同等财政资金平均用于这些村自办项目，"
        "十次模拟中约有七次好于“做法A”。",
    }
    en, zh = ({name: line.text[lang] for name, line in said.lines.items()} for lang in ("en", "zh"))
    more = gain > 0
    assert f"300 yuan {'more' if more else 'less'} than no alliance" in en["effect"]
    assert f"比未联建{'多' if more else '少'} 300 元" in zh["effect"]
    assert " less to " in en["effect"] and "元到多" in zh["effect"], "the range holds nought"
    assert en["sets"].startswith("“Way A” comes before the others; the next, “Way B”, brings 2,000")
    assert zh["sets"].startswith("几种策略中“做法A”居前；其次是“做法B”，每村平均少 2000 元")
    assert "it brings 100 yuan more than alliances" in en["cost"]
    assert "每村平均比联建多 100 元" in zh["cost"]
    assert en["sure"].startswith(
        "better than no alliance in about half of the simulations, and than the same money so "
        "spent in about three"
    )
    assert zh["sure"].startswith("约有半数模拟好于未联建，十次模拟中约有三次好于同等资金")


def test_money_that_is_aimed_at_the_weak_is_said_with_what_it_does_for_all():
    reply = answer(CASES["aimed"])
    assert "depends on whom you help" in reply.headline.text["en"]
    assert "all villages together gain more by acting together" in reply.headline.text["en"]
    assert "全部村合起来看，联建增收更多" in reply.headline.text["zh"]
    assert "gain about as much either way" in answer(evidence([aimed_at_the_weak(0)])).text("en")
    assert reply.plain()["cost"]["aimed"]["over_for_all_villages"]["mean"] > 8000


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_whoever_brings_less_has_a_smaller_figure_in_the_table_below(lang):
    luck = draws(14_000, 9000)
    wild = luck - 900 + draws(0, 60_000, seed=3) - draws(0, 60_000, seed=3).mean()
    near = luck - 300 + draws(0, 100, seed=2)
    reply = answer(evidence([option("A", luck), option("B", near), option("C", wild)]))
    said = reply.lines["sets"].text[lang]
    assert (
        said
        == {
            "en": "none of the three can be told from the others.",
            "zh": "三种策略分不出高下。",
        }[lang]
    )


def test_the_mean_has_the_middle_beside_it_where_they_differ():
    sentence = answer(evidence([option("A", gambler())])).lines["effect"].text
    assert "yuan less than no alliance" in sentence["en"]
    assert "; the middle one 1" in sentence["en"] and "，居中的一次多" in sentence["zh"]
    plain = answer(evidence([option("A", draws(20_000, 5000))])).lines["effect"].text
    assert "middle" not in plain["en"] and "居中" not in plain["zh"]


def test_alike_ones_are_a_set_and_not_a_winner():
    sentence = answer(evidence(alike())).lines["sets"].text
    assert "none of the five can be told" in sentence["en"] and "does best" not in sentence["en"]
    assert "分不出高下" in sentence["zh"] and "最好" not in sentence["zh"]


def test_ties_are_said_as_ties():
    same = draws(9000, 900)
    sentence = answer(evidence([option("A", same), option("B", same.copy())])).lines["sets"].text
    assert "the same in every simulation" in sentence["en"] and "都相同" in sentence["zh"]


def test_what_failed_is_named_beside_its_figures():
    luck = draws(0, 8000)
    survivor = np.where(luck < np.median(luck), np.nan, 18_000 + luck)
    e = evidence(
        [
            option("A", survivor),
            option("B", 15_000 + luck + draws(0, 9, seed=2)),
            option("C", NOTHING),
        ]
    )
    sentence = answer(e).lines["sets"].text
    assert (
        "“Way A” broke off in about half" in sentence["en"] and "things go badly" in sentence["en"]
    )
    assert "“做法A”约有半数模拟中途失败" in sentence["zh"]
    assert "none of its simulations succeeded: “Way C”" in sentence["en"]
    assert "“做法C”没有一次模拟成功" in sentence["zh"]


@pytest.mark.parametrize(
    "e",
    [CASES[name] for name in ("money", "money_idle", "aimed")]
    + [evidence([aimed_at_the_weak(-9000)])],
    ids=["money", "neither pays", "aimed", "money aimed at the weak"],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_lines_speak_of_the_money_that_decides_the_headline(e, lang):
    rival, said = conclude(e).rival, answer(e)
    assert share(1 - rival.over.share, lang, rival.over.runs) in said.headline.text[lang]
    assert say(f"answer.how.{rival.name}", lang) in said.lines["cost"].text[lang]
    assert change(-rival.over.mean, lang) in said.lines["cost"].text[lang]
    assert share(rival.over.share, lang, rival.over.runs) in said.lines["sure"].text[lang]


def test_what_broke_off_is_not_said_of_all_simulations():
    sure = answer(CASES["broken"]).lines["sure"].text
    assert sure["en"].startswith("among those that went through, better than no alliance in all")
    assert sure["zh"].startswith("就未中途失败的模拟而言，")


def test_one_that_stands_beside_failed_ones_is_not_said_to_be_alone():
    e = evidence([option("A", NOTHING), option("B", draws(9000, 900))])
    said = answer(e).lines["sets"].text
    assert "only “Way B” can be judged" in said["en"] and "只有“做法B”可作判断" in said["zh"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_few_runs_are_said_in_the_headline(lang):
    sentence = answer(evidence([option("A", draws(9000, 900, 40))])).headline.text[lang]
    assert {"en": "only 40 simulations", "zh": "只模拟了 40 次"}[lang] in sentence


def test_the_three_states_of_assumption_read_differently():
    def sure(factor, runs):
        now, whole = draws(20_000, 6000, runs, 1), factor * draws(20_000, 6000, runs, 2)
        e = evidence([option("A", now, prior=whole)], prior=np.zeros(runs), calibrated=True)
        return answer(e).lines["sure"].text

    holds, moved, few = sure(1.0, RUNS), sure(0.4, RUNS), sure(1.0, 40)
    for lang in ("en", "zh"):
        assert (
            len(
                {
                    said[lang].split("。" if lang == "zh" else ". ")[1]
                    for said in (holds, moved, few)
                }
            )
            == 3
        )
    assert "without them it brings 7,900 yuan more than no alliance" in moved["en"]
    assert "不用这些数据，平均比未联建多 7900" in moved["zh"]


def test_the_grant_is_named():
    sentence = answer(CASES["together"]).lines["cost"].text
    assert "60,000 yuan a member" in sentence["en"] and "每年 6 万元）" in sentence["zh"]


def test_another_baseline_is_named():
    from dataclasses import replace

    e = evidence([option("A", draws(9000, 900))])
    e = replace(
        e, baseline=replace(e.baseline, name="culture", title={"en": "Culture", "zh": "文化共建"})
    )
    reply = answer(e)
    assert "“Culture”" in reply.lines["effect"].text["en"]
    assert "比“文化共建”多" in reply.lines["effect"].text["zh"]


def test_json_holds_structure_and_no_nan():
    for e in CASES.values():
        plain = answer(e).plain()
        assert list(plain) == ["order_only", "headline", *LINES, "questions"]
        json.dumps(plain, allow_nan=False)
    assert answer(CASES["together"]).plain()["sets"]["leader"] == "A"


@pytest.mark.parametrize(
    ("part", "en", "zh"),
    [
        (1.0, "all simulations", "全部模拟都"),
        (0.999, "more than 99 simulations in a hundred", "一百次模拟中有 99 次以上"),
        (0.97, "97 simulations in a hundred", "一百次模拟中有 97 次"),
        (0.94, "about nine simulations in ten", "十次模拟中约有九次"),
        (0.52, "about half of the simulations", "约有半数模拟"),
        (0.2, "about two simulations in ten", "十次模拟中约有两次"),
        (0.1, "about one simulation in ten", "十次模拟中约有一次"),
        (0.01, "one simulation in a hundred", "一百次模拟中有 1 次"),
        (0.001, "fewer than one simulation in a hundred", "一百次模拟中不到 1 次"),
        (0.0, "no simulation", "没有一次模拟"),
    ],
)
def test_shares_are_never_rounded_to_certainty(part, en, zh):
    assert (share(part, "en", 500), share(part, "zh", 500)) == (en, zh)


@pytest.mark.parametrize(
    ("part", "en", "zh"),
    [
        (1.0, "all simulations", "全部模拟都"),
        (0.95, "more than nine simulations in ten", "十次模拟中有九次以上"),
        (0.85, "about eight simulations in ten", "十次模拟中约有八次"),
        (0.05, "fewer than one simulation in ten", "十次模拟中不到一次"),
    ],
)
def test_few_runs_are_not_counted_in_hundredths(part, en, zh):
    assert (share(part, "en", 20), share(part, "zh", 20)) == (en, zh)


@pytest.mark.parametrize(
    ("low", "high", "en", "zh"),
    [
        (4130, 96_400, "4,000 to 96,000 yuan more", "多 0.4～9.6 万元"),
        (-12_000, 34_000, "12,000 less to 34,000 yuan more", "少 1.2 万元到多 3.4 万元"),
        (-3400, -120, "100 to 3,400 yuan less", "少 100～3400 元"),
        (0, 34_000, "up to 34,000 yuan more", "多 0～3.4 万元"),
        (-34_000, 0, "up to 34,000 yuan less", "少 0～3.4 万元"),
        (9990, 10_010, "10,000 yuan more", "多 1 万元"),
        (-3010, -2990, "3,000 yuan less", "少 3000 元"),
        (0, 0, "no change", "不增不减"),
    ],
)
def test_a_range_has_one_unit_and_says_which_way(low, high, en, zh):
    assert (spread(low, high, "en"), spread(low, high, "zh")) == (en, zh)


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        (24_300, "24,000 yuan more", "多 2.4 万元"),
        (-9960, "10,000 yuan less", "少 1 万元"),
        (0.2, "no change", "不增不减"),
        (1.23e8, "120 million yuan more", "多 1.2 亿元"),
    ],
)
def test_amounts_have_two_figures(value, en, zh):
    assert (change(value, "en"), change(value, "zh")) == (en, zh)


def test_an_amount_has_the_unit_of_the_range_beside_it():
    assert change(6600, "zh", (-19_000, 91_000)) == "多 0.66 万元"
    assert change(6600, "en", (-19_000, 91_000)) == "6,600 yuan more"
    assert change(6600, "zh", (np.nan, np.nan)) == "多 6600 元"


def test_millions_are_said_as_millions():
    assert change(1.17e6, "en") == "1.2 million yuan more"


def test_amounts_of_nothing():
    assert amounts([0.0], "zh") == (["0"], "元") and amounts([np.nan], "en") == (["-"], "yuan")
