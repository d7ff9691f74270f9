"""Tables in memory: what pandas, polars, Arrow or plain Python hold, as a DataFrame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd


def as_frame(table: Any, what: str) -> pd.DataFrame:
    """A pandas DataFrame of a table of pandas, polars or Arrow, of a mapping or of records.

    Raises ValueError for anything else.
    """
    if isinstance(table, pd.DataFrame):
        return table
    if hasattr(table, "to_pandas"):
        return pd.DataFrame(table.to_pandas())
    if isinstance(table, (str, bytes)) or not isinstance(table, Iterable):
        raise ValueError(f"{what}: found {shortly(table)}; expected a table with named columns")
    try:
        frame = pd.DataFrame(table)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"{what}: found {shortly(table)}; expected a table with named columns of one length"
        ) from error
    if not all(isinstance(name, str) for name in frame.columns):
        raise ValueError(f"{what}: columns have no names; expected a table with named columns")
    return frame


def shortly(value: Any) -> str:
    """A value on one short line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
