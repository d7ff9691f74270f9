"""What tables leave blank: numbers of a kind on which the calibration denies the model skill."""

from __future__ import annotations

import numpy as np
import pandas as pd
from village_alliances.calibration.asked import difference_is_told, level_is_told, refused

LEVELS = ("median", "p05", "p95")
OF_PROJECTS = {"jobs": "jobs", "households": "households"}  # column -> kind
ANSWERED = "answered"  # column: all, differences, nothing


def answered(frame: pd.DataFrame) -> pd.DataFrame:
    """A table of outcomes as it may be read. Of outcomes with levels and differences the numbers
    that may not be asked are blank, and `answered` says what is left; a row that ranks by an
    outcome of which nothing may be asked is gone. Any other table stays as it is."""
    if "outcome" not in frame:
        return frame
    differences = frame["outcome"].map(difference_is_told).to_numpy(bool)
    if not set(LEVELS) <= set(frame):
        return frame[differences].reset_index(drop=True)
    levels = frame["outcome"].map(level_is_told).to_numpy(bool)
    kept = frame.copy()
    numbers = [name for name in kept.select_dtypes("number") if name != "n"]
    kept[numbers] = kept[numbers].astype(float)
    kept.loc[~levels, list(LEVELS)] = np.nan
    kept.loc[~differences, numbers] = np.nan
    kept[ANSWERED] = np.where(levels, "all", np.where(differences, "differences", "nothing"))
    return kept


def projects_answered(frame: pd.DataFrame) -> pd.DataFrame:
    """A table of projects, blank where it tells of jobs or households and may not."""
    blank = {
        name: np.nan for name, kind in OF_PROJECTS.items() if kind in refused() and name in frame
    }
    return frame.assign(**blank)
