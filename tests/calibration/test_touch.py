"""What the evidence touches: a composite that the targets show, and none of those that they do not."""

from __future__ import annotations

import numpy as np
from village_alliances.calibration import priors
from village_alliances.calibration.fit import Sample, infer
from village_alliances.calibration.selfcheck import touch

K = len(priors.NAMES)


def sample(size: int = 1500) -> Sample:
    """Targets that show the first composite well, the second a little, and nothing of the others."""
    rng = np.random.default_rng(11)
    shares = rng.random((size, K))
    noise = rng.standard_normal((size, 3))
    stated = np.column_stack([shares[:, 0], shares[:, 1], np.zeros(size)]) + noise * [0.1, 0.6, 1.0]
    return Sample(shares, stated, np.arange(size, dtype=np.uint64))


def test_only_what_targets_show_is_touched() -> None:
    found = touch(sample(), np.array([0.8, 0.5, 0.0]), again=30)
    assert found.touched[0] and found.names()[0] == priors.NAMES[0]
    assert found.touched[2:].sum() <= 1, "one in twenty may be above the null by chance"
    assert found.contraction[0] > 0.6 > found.null.max()
    assert (found.error > 0).all() and (found.null < 0.2).all()


def test_effective_draws_are_fewer_than_the_weights_say_and_grow_with_the_sample() -> None:
    aim = np.array([0.8, 0.5, 0.0])
    small, large = touch(sample(800), aim, again=40), touch(sample(3200), aim, again=40)
    assert 2 < np.median(large.effective) / np.median(small.effective) < 8
    assert np.median(large.effective) < 1.3 * infer(sample(3200), aim).size
