"""Colours of strategies, the same as in the printed figures; a palette that the
colour-blind can tell apart."""

from __future__ import annotations

from collections.abc import Sequence

from village_alliances.experiments.drawing import look


def colours(strategies: Sequence[str]) -> dict[str, str]:
    """A colour for each strategy of a comparison, no two alike as far as there are colours."""
    spare = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31", "#44546A"]
    colours: dict[str, str] = {}
    for strategy in strategies:
        wanted = look(strategy, strategies).colour
        if wanted in colours.values():
            wanted = next((c for c in spare if c not in colours.values()), wanted)
        colours[strategy] = wanted
    return colours
