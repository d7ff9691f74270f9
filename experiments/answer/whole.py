"""What it means here that an alliance is whole, for every command and page that says it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def whole(alliance: np.ndarray, quiet: np.ndarray, founders: Sequence[int]) -> np.ndarray:
    """Whether all founding members are still members of one alliance and none has gone quiet,
    (runs,). `alliance` in which each village is (-1 none) and `quiet`, (runs, villages)."""
    home, absent = alliance[:, list(founders)], quiet[:, list(founders)]
    return np.asarray(((home >= 0) & (home == home[:, :1]) & ~absent).all(axis=1))
