"""Own functions are accurate, and give the same bits on every processor, compiled or
interpreted."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from decimal import Decimal, localcontext
from pathlib import Path

import numba
import numpy as np
import pytest
from scipy import special
from village_alliances.sim import arithmetic
from village_alliances.sim.building import build
from village_alliances.sim.loading import load
from village_alliances.sim.quarter import run

ROOT = Path(__file__).parents[2]
ARRAYS = (
    "exps",
    "logs",
    "sines",
    "cosines",
    "logistics",
    "logits",
    "normal_shares",
    "normal_quantiles",
)
# The same machine, told to leave out what other processors lack.
OTHER_PROCESSORS = {
    "numpy without AVX-512": {"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"},
    "Numba for any x86-64": {"NUMBA_CPU_NAME": "generic"},
    "C library without FMA": {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA"},
}


def given(name: str) -> np.ndarray:
    """Arguments over all that the function `name` is asked for."""
    rng = np.random.default_rng(7)
    shares = np.concatenate([rng.random(4000), 10.0 ** rng.uniform(-15, -1, 1000)])
    return {
        "logs": np.exp(rng.uniform(-40, 40, 5000)),
        "logits": shares,
        "normal_quantiles": shares,
    }.get(name, rng.uniform(-37, 37, 5000))


def digest() -> str:
    """A hash of the bits of all functions at all arguments, which take no part in it themselves."""
    grid = (np.arange(20000) + 0.5) / 20000
    digest = hashlib.blake2b(digest_size=16)
    for name in ARRAYS:
        points = grid if name in ("logs", "logits", "normal_quantiles") else 60 * grid - 30
        digest.update(getattr(arithmetic, name)(points).tobytes())
    digest.update(arithmetic.powers(grid, 7.3 * grid[::-1]).tobytes())
    return digest.hexdigest()


def ulps(values: np.ndarray, exact: list[Decimal]) -> float:
    """The largest error in units of the last place."""
    return max(
        float(abs(Decimal(float(f)) - e) / Decimal(float(np.spacing(abs(f)))))
        for f, e in zip(values, exact)
    )


@pytest.mark.parametrize(("name", "most"), [("exps", 1.5), ("logs", 1.7)])
def test_the_last_place_is_off_by_little(name: str, most: float) -> None:
    points = given(name)
    with localcontext() as context:
        context.prec = 40
        exact = [
            Decimal(float(x)).exp() if name == "exps" else Decimal(float(x)).ln() for x in points
        ]
        assert ulps(getattr(arithmetic, name)(points), exact) < most


@pytest.mark.parametrize(
    ("name", "reference", "relative", "absolute"),
    [
        ("sines", np.sin, 1e-15, 1e-16),
        ("cosines", np.cos, 1e-15, 1e-16),
        ("logistics", special.expit, 1e-15, 0.0),
        ("logits", special.logit, 1e-13, 0.0),
        ("normal_shares", special.ndtr, 1e-12, 0.0),
        ("normal_quantiles", special.ndtri, 2e-14, 1e-14),
    ],
)
def test_agrees_with_scipy(
    name: str, reference: np.ufunc, relative: float, absolute: float
) -> None:
    points = given(name)
    np.testing.assert_allclose(
        getattr(arithmetic, name)(points), reference(points), relative, absolute
    )


def test_ends() -> None:
    np.testing.assert_array_equal(
        arithmetic.exps([0.0, 710.0, -746.0, np.inf, -np.inf, np.nan]),
        [1.0, np.inf, 0.0, np.inf, 0.0, np.nan],
    )
    np.testing.assert_array_equal(
        arithmetic.logs([1.0, 0.0, -1.0, np.inf, np.nan]), [0.0, -np.inf, np.nan, np.inf, np.nan]
    )
    np.testing.assert_allclose(arithmetic.logs(5e-324), math.log(5e-324), 1e-15)
    np.testing.assert_array_equal(
        arithmetic.normal_shares([-np.inf, 0.0, np.inf, np.nan]), [0.0, 0.5, 1.0, np.nan]
    )
    np.testing.assert_array_equal(
        arithmetic.normal_quantiles([0.0, 0.5, 1.0, np.nan, 2.0]),
        [-np.inf, 0, np.inf, np.nan, np.nan],
    )
    assert arithmetic.power(0.0, 0.5) == 0.0 and arithmetic.power(7.0, 0.0) == 1.0


def test_any_shape_comes_back() -> None:
    for shape in ((), (3,), (2, 3), (0,)):
        assert arithmetic.exps(np.ones(shape)).shape == shape
    assert arithmetic.powers(np.ones((2, 1)), np.ones(3)).shape == (2, 3)


@pytest.mark.parametrize("name", ARRAYS)
def test_interpreted_is_compiled_to_the_last_bit(name: str) -> None:
    first = getattr(
        arithmetic,
        {"normal_shares": "normal_share", "normal_quantiles": "normal_quantile"}.get(
            name, name.removesuffix("s") if name != "cosines" else "cosine"
        ),
    )
    points = given(name)[:300]
    assert (
        getattr(arithmetic, name)(points).tobytes()
        == np.array([first(x) for x in points]).tobytes()
    )


def society_of(name: str, strategy: str, ticks: int, **text: object) -> str:
    """A hash of the bits of all that a society holds after so many quarters, from blanks,
    parameters and project types drawn anew."""
    begun = build(load(name), strategy, runs=8, mode="prior", **text)  # type: ignore[arg-type]
    society = run(begun, range(ticks))
    digest = hashlib.blake2b(digest_size=16)
    for member in (society.villages, society.accounts):
        digest.update(member.real.tobytes() + member.whole.tobytes())
    for name in ("parameters", "technology", "endowment", "capital", "runs", "series"):
        digest.update(np.ascontiguousarray(getattr(society, name)).tobytes())
    return digest.hexdigest()


def start() -> str:
    """What runs begin with: parameters, project types, villages and where they lie."""
    return "".join(society_of(name, "none", 0) for name in ("jinxi", "chunhu", "daleishan"))


def beginning_and_end() -> str:
    """What runs begin with, and what they end with: every rule has had its say."""
    county = {"formation": 1.0, "places_mid": 2.0, "places_share": 1.0, "campaign_floor": 6e4,
              "campaign_start": 2.0, "reward_first": 1e5, "pact": 4.0}  # fmt: skip
    given = society_of("jinxi", "strong_leads_weak", 24)
    return start() + given + society_of("yanya", "village_enterprise", 24, levers=county)


def elsewhere(call: str, processor: str, cache: Path) -> str:
    """What a function of this file gives in a process of its own, on another processor; `cache`
    for code of another kind."""
    switches = OTHER_PROCESSORS[processor]
    own = {"VILLAGE_ALLIANCES_CACHE": str(cache)} if "NUMBA_CPU_NAME" in switches else {}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path[:0] = [{str(Path(__file__).parent)!r}];"
            f"import test_arithmetic; print(test_arithmetic.{call}())",
        ],
        env={**os.environ, **switches, **own, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.slow
@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
@pytest.mark.parametrize("processor", OTHER_PROCESSORS)
def test_another_processor_gives_the_same_bits(processor: str, tmp_path: Path) -> None:
    assert elsewhere("digest", processor, tmp_path) == digest()


@pytest.mark.slow
@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
@pytest.mark.parametrize("processor", OTHER_PROCESSORS)
def test_a_run_is_the_same_to_the_bit_on_another_processor(processor: str, tmp_path: Path) -> None:
    assert elsewhere("beginning_and_end", processor, tmp_path) == beginning_and_end()
