"""The answer as it stands on the terminal: how long it is, and how it is set."""

import re

import numpy as np
import pytest
from village_alliances.experiments.answer.inquire import inquire
from village_alliances.experiments.answer.words import answer, table
from village_alliances.interface import terminal
from village_alliances.interface.commands.compare import LINES, answered

from tests.experiments.answer.cases import NAMES, alike, evidence, option
from tests.experiments.answer.test_inquire import unknown
from tests.experiments.answer.test_logic import RUNS, draws, gambler, with_rival
from tests.experiments.answer.test_words import CASES, HALF, NOTHING

LONG = {"en": "Strong village leads weak ones {}", "zh": "强村带动弱村的做法{}"}


def named(number, values, **changed):
    title = {lang: text.format(number) for lang, text in LONG.items()}
    return option(NAMES[number], values, title=title, **changed)


def crowded():
    """Comparisons that have more to say than the shipped ones."""
    rival = with_rival(0.75)
    eight = [named(k, draws(9000 - 900 * k, 9000, seed=k)) for k in range(8)]
    parted = [named(k, gambler(seed=k + 2)) for k in range(3)]
    failing = [named(0, draws(9000, 900)), named(1, HALF), named(2, NOTHING)]
    beside = [
        named(k, rival.values + draws(0, 90, seed=k), rivals=rival.rivals) for k in range(1, 5)
    ]
    return {
        "eight": evidence(eight),
        "eight alike": evidence(alike(8)),
        "three split": evidence(parted),
        "failing": evidence(failing),
        "four and the money": evidence([rival, *beside]),
    }


EVERY = {**CASES, **crowded()}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", EVERY)
def test_it_has_at_most_fifteen_lines(name, lang, monkeypatch):
    monkeypatch.setattr(terminal, "columns_wide", lambda: 100)
    e = EVERY[name]
    text = "\n".join(answered(answer(e), e, None, lang))
    assert text.count("\n") + 1 <= LINES - 1, text  # the last says where the rest is
    assert LINES == 15


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_to_find_out_first_takes_the_place_of_the_least_strategies(lang, monkeypatch):
    monkeypatch.setattr(terminal, "columns_wide", lambda: 100)
    e, drawn = EVERY["four and the money"], draws(0, 1)
    outcomes = {"none": np.zeros(RUNS), "A": 9000 * drawn}
    inquiry = inquire(outcomes, [unknown("size", drawn)])
    assert inquiry.worthwhile
    text = "\n".join(answered(answer(e), e, inquiry, lang))
    assert text.count("\n") + 1 <= LINES - 1, text
    assert text.splitlines()[-1].startswith({"en": "Ask first: ", "zh": "先查清："}[lang])
    names = [row[0] for row in table(e, lang)[1:]]
    left_out = sum(not re.search(f"^{name} ", text, re.M) for name in names)
    mark = {"en": "({} more: --full)", "zh": "（另有 {} 种：加 --full）"}[lang]
    assert left_out > 0 and mark.format(left_out) in text, text


@pytest.mark.parametrize("name", EVERY)
def test_chinese_marks_have_no_space_beside_them(name):
    for sentence in answer(EVERY[name]).sentences("zh"):
        assert not re.search(r"[：，。；、（）“”] +\S", sentence), sentence
