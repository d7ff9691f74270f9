"""Luck is a pure function of its key, the same everywhere, and looks like chance from every side
from which the model sees it.

All keys are fixed, so every statistic here has one value: a bound says how surprising that value
may be, not how often a test may fail.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from village_alliances.sim import luck
from village_alliances.sim.compiled import compiled

ROOT = Path(__file__).parents[2]
PARTS = ("seed", "run", "tick", "purpose", "who")
PURPOSES = {
    name: value for name, value in vars(luck).items() if name.isupper() and isinstance(value, int)
}
MASK = (1 << 64) - 1
TOP = 1.0 - 2.0**-53  # the largest uniform draw
N = 100_000
RUNS = [0, 1, 2, 3]

every_part = pytest.mark.parametrize("part", PARTS)


@compiled
def draw_bits(keys: np.ndarray, out: np.ndarray) -> None:
    """`out[i]` = the bits of the key in row i of `keys` (columns as in PARTS)."""
    for i in range(out.size):
        out[i] = luck.bits(luck.stream(keys[i, 0], keys[i, 1], keys[i, 2], keys[i, 3]), keys[i, 4])


@compiled
def draw_poisson(who: np.ndarray, mean: float, out: np.ndarray) -> None:
    """`out[i]` = the Poisson count of `who[i]`."""
    shared = luck.stream(1, 0, 5, luck.SPECIAL_MEETINGS)
    for i in range(out.size):
        out[i] = luck.poisson(shared, who[i], mean)


@compiled
def quantiles(p: np.ndarray, out: np.ndarray) -> None:
    """`out[i]` = the normal quantile of `p[i]`."""
    for i in range(out.size):
        out[i] = luck.normal_quantile(p[i])


def bits_of(keys: np.ndarray) -> np.ndarray:
    """64 bits (uint64, one a row) for keys of shape (n, 5)."""
    out = np.empty(len(keys), np.uint64)
    draw_bits(np.ascontiguousarray(keys, np.uint64), out)
    return out


def uniforms_of(keys: np.ndarray) -> np.ndarray:
    """The uniform draws that belong to those bits."""
    return ((bits_of(keys) >> np.uint64(12)).astype(float) + 0.5) * 2.0**-52


def filled(
    fill: Any,
    who: np.ndarray,
    seed: int = 1,
    runs: list[int] = RUNS,
    tick: int = 5,
    purpose: int = luck.NOISE,
) -> np.ndarray:
    """`fill_uniform` or `fill_normal` into a new array of shape (runs, who)."""
    out = np.empty((len(runs), len(who)))
    fill(seed, np.array(runs, np.uint64), tick, purpose, who, out)
    return out


def villages(count: int) -> np.ndarray:
    """Ids of villages as a table gives them: hashes of names."""
    return np.array([luck.name_key("county", f"village {i}") for i in range(count)], np.uint64)


def model_keys(count: int) -> np.ndarray:
    """Different keys such as a model meets: small seeds, runs, quarters and purposes, hashed
    villages. Shape (count, 5)."""
    picks = np.random.default_rng(7)
    small = [picks.integers(0, top, count, dtype=np.uint64) for top in (50, 2_000, 160, 28)]
    return np.column_stack([*small, picks.integers(0, 2**64, count, dtype=np.uint64)])


def one_step_on(keys: np.ndarray, part: str) -> np.ndarray:
    """The keys next to these in one part."""
    moved = keys.copy()
    moved[:, PARTS.index(part)] += np.uint64(1)
    return moved


def by_hand(seed: int, run: int, tick: int, purpose: int, who: int) -> int:
    """The definition of docs/luck.md in plain integers."""

    def mix(z: int) -> int:
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
        return z ^ (z >> 31)

    golden = 0x9E3779B97F4A7C15
    shared = mix((mix((seed + golden * run) & MASK) + golden * (tick * 256 + purpose)) & MASK)
    return mix(mix((shared + golden * who) & MASK) ^ who)


# The values themselves


def test_the_mixer_is_that_of_splitmix64() -> None:
    """The first outputs of the published generator from seed 1234567."""
    published = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    with np.errstate(over="ignore"):
        states = [np.uint64(1234567) + luck.GOLDEN * np.uint64(k) for k in range(1, 6)]
    assert [int(luck.mix(state)) for state in states] == published


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ((1, 0, 0, 0, 0), 0x683B5FC0CA803DC3),
        ((0, 1, 0, 0, 0), 0x1957A7604E215178),
        ((0, 0, 1, 0, 0), 0xBF16CCDC2ED55277),
        ((0, 0, 0, 1, 0), 0x33FE8BD4F9C57863),
        ((0, 0, 0, 0, 1), 0x9E0160293A33AAF7),
        ((1, 1999, 159, 27, MASK), 0xB8C5E158D910D614),
        ((2**32 - 1, 10**6, 40, 10, 17808378024615580034), 0x84BB019F3D48036D),
    ],
)
def test_frozen_bits(key: tuple[int, ...], expected: int) -> None:
    """A changed value changes every result ever published with this model."""
    assert int(bits_of(np.array([key], np.uint64))[0]) == expected


def test_frozen_draws() -> None:
    who, counts = villages(8), np.empty(8, np.int64)
    assert filled(luck.fill_uniform, who[:3], runs=[0]).tolist() == [
        [0.3409014195055834, 0.7304391041343671, 0.07724762943926267]
    ]
    normal = [[-0.4100042375678271, 0.6141415533916924, -1.4238314871862654]]
    assert np.allclose(filled(luck.fill_normal, who[:3], runs=[0]), normal, rtol=1e-14)
    draw_poisson(who, 3.75, counts)
    assert counts.tolist() == [5, 2, 7, 3, 1, 4, 2, 4]


def test_bits_follow_their_definition() -> None:
    keys = model_keys(500)
    assert [int(word) for word in bits_of(keys)] == [by_hand(*map(int, key)) for key in keys]


def test_a_name_has_the_same_id_everywhere() -> None:
    assert luck.name_key("宁波", "奉化区", "雷山村") == 17808378024615580034
    assert luck.name_key("a", "b") != luck.name_key("b", "a")


def test_plain_python_draws_the_same_bits() -> None:
    """Interpreted and compiled rules meet the same luck to the last bit: uniform,
    normal and Poisson draws."""
    script = """if True:
        import hashlib, numpy as np
        from village_alliances.sim import luck
        who = np.array([luck.name_key("county", f"village {i}") for i in range(400)], np.uint64)
        out, digest = np.empty((3, 400)), hashlib.sha256()
        for fill in (luck.fill_uniform, luck.fill_normal):
            fill(5, np.arange(3, dtype=np.uint64), 17, luck.NOISE, who, out)
            digest.update(out.tobytes())
        shared = np.uint64(luck.stream(5, 1, 17, luck.SPECIAL_MEETINGS))
        digest.update(repr([int(luck.poisson(shared, village, 3.75)) for village in who]).encode())
        print(digest.hexdigest())
    """
    digests = {}
    for disabled in "01":
        environment = os.environ | {"NUMBA_DISABLE_JIT": disabled}
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        digests[disabled] = done.stdout
    assert digests["0"] == digests["1"]


# A draw belongs to its key and to nothing else


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(0, MASK), min_size=1, max_size=12, unique=True),
    st.integers(0, MASK),
    st.randoms(use_true_random=False),
)
def test_a_village_more_or_another_order_changes_nobody(
    ids: list[int], newcomer: int, shuffler: Random
) -> None:
    before = dict(zip(ids, filled(luck.fill_normal, np.array(ids, np.uint64))[2]))
    more = [*ids, newcomer]
    shuffler.shuffle(more)
    after = dict(zip(more, filled(luck.fill_normal, np.array(more, np.uint64))[2]))
    assert {village: after[village] for village in ids} == before


def test_a_run_is_the_same_alone_or_among_others() -> None:
    who = villages(50)
    together = filled(luck.fill_uniform, who, runs=[4, 0, 9])
    for row, run in enumerate([4, 0, 9]):
        assert (filled(luck.fill_uniform, who, runs=[run])[0] == together[row]).all()


def test_purposes_are_not_used_twice() -> None:
    assert len(set(PURPOSES.values())) == len(PURPOSES) > 20
    assert all(0 <= purpose < 256 for purpose in PURPOSES.values()), (
        "a tick leaves room for 256 purposes"
    )


def test_different_keys_draw_different_bits() -> None:
    """Every key of a small study, 4 seeds, 40 runs, 40 quarters, all purposes, 4 villages: no two
    alike (chance of a pair: 1.4e-8)."""
    axes = [np.arange(4), np.arange(40), np.arange(40), np.array(list(PURPOSES.values()))]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 4).astype(np.uint64)
    keys = np.concatenate(
        [np.column_stack([grid, np.full(len(grid), village)]) for village in villages(4)]
    )
    assert len(np.unique(bits_of(keys))) == len(keys)


# Uniform


@pytest.mark.parametrize(
    ("word", "expected"),
    [(0, 2.0**-53), (MASK, TOP), (1 << 63, 0.5 + 2.0**-53), ((1 << 63) - 1, 0.5 - 2.0**-53)],
)
def test_the_interval_is_open_and_symmetric(word: int, expected: float) -> None:
    """No word of 64 bits gives 0 or 1, whose normal quantile would be infinite."""
    assert luck.unit(np.uint64(word)) == expected


def test_uniform_is_the_unit_of_the_bits() -> None:
    who = villages(200)
    keys = np.array([[1, 3, 5, luck.NOISE, int(village)] for village in who], np.uint64)
    assert (filled(luck.fill_uniform, who, runs=[3])[0] == uniforms_of(keys)).all()


@pytest.mark.parametrize("purpose", PURPOSES.values(), ids=PURPOSES.keys())
def test_uniform_and_normal_fit_their_distributions(purpose: int) -> None:
    """Kolmogorov-Smirnov on 20,000 draws of each purpose; the least p-value of 56 is above
    1e-4 (chance of less: 0.6%)."""
    who = villages(5_000)
    assert (
        stats.kstest(filled(luck.fill_uniform, who, purpose=purpose).ravel(), "uniform").pvalue
        > 1e-4
    )
    assert (
        stats.kstest(filled(luck.fill_normal, who, seed=2, purpose=purpose).ravel(), "norm").pvalue
        > 1e-4
    )


@every_part
def test_a_step_along_a_key_fills_cells_evenly(part: str) -> None:
    """Chi-square: 100,000 steps along one part of the key, over 1,000 cells by the highest and
    1,024 by the lowest bits."""
    keys = np.tile(np.array([1, 2, 5, luck.NOISE, villages(1)[0]], np.uint64), (N, 1))
    keys[:, PARTS.index(part)] = np.arange(N)
    words = bits_of(keys)
    high = np.bincount((uniforms_of(keys) * 1_000).astype(int), minlength=1_000)
    low = np.bincount((words & np.uint64(1_023)).astype(int), minlength=1_024)
    for counts in (high, low):
        assert 1e-3 < stats.chisquare(counts).pvalue < 1 - 1e-3


@every_part
def test_neighbouring_keys_are_uncorrelated(part: str) -> None:
    """Draws one step apart in one part of the key: correlation, correlation of squares, and a 32 x
    32 chi-square of the pairs."""
    keys = model_keys(N)
    here, there = uniforms_of(keys), uniforms_of(one_step_on(keys, part))
    assert abs(np.corrcoef(here, there)[0, 1]) < 3.5 / np.sqrt(N)
    assert abs(np.corrcoef((here - 0.5) ** 2, (there - 0.5) ** 2)[0, 1]) < 3.5 / np.sqrt(N)
    pairs = np.histogram2d(here, there, bins=32, range=[[0, 1], [0, 1]])[0]
    assert 1e-3 < stats.chisquare(pairs.ravel()).pvalue < 1 - 1e-3


@every_part
def test_one_bit_of_the_key_flips_each_bit_of_the_draw_half_of_the_time(part: str) -> None:
    """Avalanche: the share of flips of every output bit, for the bits of the key that a model uses,
    within 5.5 standard errors."""
    keys = model_keys(20_000)
    used = {"seed": 32, "run": 20, "tick": 8, "purpose": 5, "who": 64}[part]
    for bit in range(used):
        flipped = keys.copy()
        flipped[:, PARTS.index(part)] ^= np.uint64(1 << bit)
        changed = bits_of(keys) ^ bits_of(flipped)
        share = np.unpackbits(changed.view(np.uint8).reshape(-1, 8), axis=1).mean(axis=0)
        assert (abs(share - 0.5) < 5.5 * 0.5 / np.sqrt(len(keys))).all(), f"bit {bit}"


# Normal


def test_normal_quantile_is_that_of_scipy() -> None:
    """Relative error below 2e-9 from the smallest draw to the largest."""
    seam = [0.02425, np.nextafter(0.02425, 0), np.nextafter(0.02425, 1)]
    small = np.concatenate([np.logspace(np.log10(2.0**-53), np.log10(0.49), 50_000), seam])
    p = np.concatenate([small, 1.0 - small, np.linspace(0.49, 0.51, 1_000)])
    out = np.empty_like(p)
    quantiles(p, out)
    assert np.allclose(out, special.ndtri(p), rtol=2e-9, atol=0)
    assert np.isfinite(out).all()


def test_normal_quantile_is_odd_and_rises() -> None:
    p = (np.arange(1, 4_096) + 0.5) / 4_097
    above, below = np.empty_like(p), np.empty_like(p)
    quantiles(p, above)
    quantiles(1.0 - p, below)
    assert np.allclose(above, -below, rtol=0, atol=1e-12)
    assert (np.diff(above) > 0).all()


# Poisson


@pytest.mark.parametrize("mean", [0.3, 3.75, 15.0, 40.0])
def test_poisson_counts_have_their_mean_variance_and_shares(mean: float) -> None:
    """Mean and variance within 3.5 standard errors, and chi-square over the counts that are
    expected at least ten times."""
    counts = np.empty(N, np.int64)
    draw_poisson(villages(N), mean, counts)
    assert abs(counts.mean() - mean) < 3.5 * np.sqrt(mean / N)
    assert abs(counts.var() - mean) < 3.5 * np.sqrt((mean + 2 * mean**2) / N)
    expected = stats.poisson(mean).pmf(np.arange(200)) * N
    usual = expected >= 10
    seen = np.bincount(counts, minlength=200)
    table = (
        np.array([*seen[usual], seen[~usual].sum()]),
        np.array([*expected[usual], N - expected[usual].sum()]),
    )
    assert 1e-3 < stats.chisquare(*table).pvalue < 1 - 1e-3


@pytest.mark.parametrize("mean", [0.0, 0.3, 3.75, 15.0, 50.0])
def test_the_luckiest_draw_gives_a_count_that_can_be(
    mean: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounding in the far tail must not turn the largest draw into an absurd number of meetings."""
    plain = getattr(luck.poisson, "py_func", luck.poisson)
    monkeypatch.setattr(luck, "uniform", lambda stream, who: TOP)
    most = plain(np.uint64(0), np.uint64(0), mean)
    assert most == 0 if mean == 0 else 0 <= most - stats.poisson(mean).isf(1e-14) < 8
    monkeypatch.setattr(luck, "uniform", lambda stream, who: 2.0**-53)
    assert plain(np.uint64(0), np.uint64(0), mean) == stats.poisson(mean).ppf(2.0**-53)
