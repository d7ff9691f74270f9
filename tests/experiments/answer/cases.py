"""Comparisons made by hand, whose right answer is known."""

import numpy as np
from village_alliances.experiments.answer.evidence import ComparedOptions, Money, Option

NAMES = "ABCDEFGH"


def option(name, values, **changed):
    values = np.asarray(values, float)
    rivals = changed.pop("rivals", {})
    given = {
        "name": name,
        "title": {"en": f"Way {name}", "zh": f"做法{name}"},
        "whole": values,
        "rivals": {
            way: rival if isinstance(rival, Money) else Money(np.asarray(rival), np.asarray(rival))
            for way, rival in rivals.items()
        },
        "public": np.full(values.size, 1.2e6),
        "own": np.zeros(values.size),
        **changed,
    }
    return Option(values=values, **given)


def evidence(options, runs=None, baseline=None, prior=None, **changed):
    """A comparison of `options` with a baseline at nought (or `baseline`), as the
    shipped villages would be."""
    size = runs or options[0].values.size
    base = np.zeros(size) if baseline is None else np.asarray(baseline, float)
    given = {
        "whom": {"en": "villages that began weak", "zh": "起步薄弱的村"},
        "year": 2020,
        "years": 6,
        "grant": 60000.0,
        **changed,
    }
    title = {"en": "No alliance", "zh": "未联建"}
    nothing = np.zeros(size)
    start = Option("none", title, base, base, nothing, nothing, prior=prior)
    return ComparedOptions(start, tuple(options), **given)


def alike(count=5, runs=500, ahead=0.8, spread=10_000.0, seed=1):
    """Options of the same distribution, each ahead of the baseline in `ahead` of the runs."""
    from statistics import NormalDist

    mean = spread * NormalDist().inv_cdf(ahead)
    draws = np.random.default_rng(seed).normal(mean, spread, (count, runs))
    return [option(NAMES[k], values) for k, values in enumerate(draws)]
