"""Planted parts of a forecast's variance are told apart, whatever the tails."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from village_alliances.calibration.width import Parts, in_common, parts

SD = st.floats(0.3, 1.5)


@settings(max_examples=15, deadline=None)
@given(sets=SD, region=SD, luck=SD, silent=st.floats(0.0, 0.4))
def test_planted_parts_come_back(sets: float, region: float, luck: float, silent: float) -> None:
    rng = np.random.default_rng(5)

    def normal(sd: float) -> np.ndarray:
        return sd * rng.standard_normal(20_000)

    common, place = normal(sets), normal(region)
    runs = [common + where + normal(luck) for where in (place, place, normal(region))]
    for run in runs:
        run[rng.random(run.size) < silent] = np.nan
    measured = parts((runs[0], runs[1], runs[2]), granted=0.25)
    whole = sets**2 + region**2 + luck**2
    for part, sd in ((measured.parameters, sets), (measured.region, region), (measured.luck, luck)):
        assert part == pytest.approx(sd**2, abs=0.05 * whole)
    assert measured.granted == 0.25 and sum(measured.shares().values()) == pytest.approx(1.0)


def test_a_tail_does_not_outweigh_and_a_width_is_that_of_a_normal() -> None:
    rng = np.random.default_rng(6)
    common = rng.standard_normal(20_000)
    tailed = [np.sinh(3.0 * (common + rng.standard_normal(20_000))) for _ in range(2)]
    assert in_common(tailed[0], tailed[1]) == pytest.approx(0.5, abs=0.02)
    assert Parts(0.25, 0.5, 0.5, 0.5).width("parameters", "region", "luck") == pytest.approx(
        np.exp(2 * 1.644854 * 0.5), rel=1e-5
    )
