"""Two fits that say the same are told from two that do not."""

from __future__ import annotations

import numpy as np
import pytest
from village_alliances.calibration.second import agreement

NAMES = [f"p{n}" for n in range(200)]


def fit(rng: np.random.Generator, size: float, moved: float = 0.0) -> dict[str, object]:
    means = 0.5 + rng.standard_normal(200) * (12 * size) ** -0.5
    means[0] += moved
    return {
        "effective_sample_size": size,
        "touched": ["p0", "p1"] if moved else ["p0"],
        "contraction": dict.fromkeys(NAMES, 0.0),
        "mean_place": dict(zip(NAMES, means, strict=True)),
    }


def test_fits_that_differ_by_chance_agree_and_a_moved_mean_is_seen() -> None:
    rng = np.random.default_rng(4)
    by_chance = agreement(fit(rng, 4000), fit(rng, 5000))
    assert 0.01 < by_chance["beyond_two_errors"] < 0.1
    assert by_chance["furthest_in_prior_sds"] < 0.1 and by_chance["touched_by_one"] == []
    moved = agreement(fit(rng, 4000), fit(rng, 5000, 0.15))
    assert moved["furthest"] == "p0" and moved["touched_by_one"] == ["p1"]
    assert moved["furthest_in_prior_sds"] == pytest.approx(0.15 * 12**0.5, abs=0.1)
