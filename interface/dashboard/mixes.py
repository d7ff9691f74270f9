"""Strategies as a planner names them on the page: a shipped one, a mix of shipped ones, or one with its channels set by sliders."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from village_alliances.sim.society import CHANNELS
from village_alliances.sim.strategy import Strategy, StrategyError, mix, names, read, shipped

OWN = "own."  # own.BASE!channel=1.2!channel=0.4
MOST_STRENGTH = 3.0  # of one channel's slider; attention is finite, so more only thins the others


@lru_cache(maxsize=500)
def strategy_of(text: str) -> Strategy:
    """The strategy that a text on the page names. Raises StrategyError. Never reads a file: the text comes from a visitor."""
    if text.startswith(OWN):
        base, *settings = text[len(OWN) :].split("!")
        channels = {}
        for setting in settings:
            name, _, value = setting.partition("=")
            try:
                channels[name] = float(value)
            except ValueError:
                raise StrategyError(f"channel {name}: {value!r} is no number") from None
            if name not in CHANNELS or not 0 <= channels[name] <= MOST_STRENGTH:
                raise StrategyError(
                    f"channel {name}={value} is not one of {', '.join(CHANNELS)} with a strength of 0 to {MOST_STRENGTH:g}"
                )
        if base not in names():
            raise StrategyError(f"no strategy is called {base!r}")
        plain = shipped(base)
        title = {"en": f"{plain.title['en']} (own)", "zh": f"{plain.title['zh']}（自定）"}
        return plain.model_copy(
            update={
                "name": text,
                "title": title,
                "channels": {k: v for k, v in channels.items() if v > 0},
            }
        )
    if ":" in text:
        parts = [part.partition(":")[0].strip() for part in text.split(",")]
        if not set(parts) <= set(names()):
            raise StrategyError(f"a mix names shipped strategies only; found {text!r}")
        return read(text)
    if text not in names():
        raise StrategyError(f"no strategy is called {text!r}")
    return shipped(text)


def is_strategy(text: str) -> bool:
    """Whether a text names a strategy."""
    try:
        strategy_of(text)
    except (StrategyError, ValueError):
        return False
    return True


def mixed(weights: Mapping[str, float]) -> str:
    """The text of a mix; the strategy itself where it is alone, '' where all weights are nought."""
    parts = {name: weight for name, weight in weights.items() if weight > 0}
    return mix(parts).name if len(parts) > 1 else next(iter(parts), "")


def weights_of(text: str) -> dict[str, float]:
    """The weights of a mix by strategy; empty where the text is no mix."""
    if text.startswith(OWN) or ":" not in text:
        return {}
    return {
        part.partition(":")[0].strip(): float(part.partition(":")[2]) for part in text.split(",")
    }


def owned(base: str, channels: Mapping[str, float]) -> str:
    """The text of a strategy whose channels were set by hand."""
    return OWN + "!".join(
        [base, *(f"{name}={value:g}" for name, value in channels.items() if value > 0)]
    )


def as_toml(strategy: Strategy, name: str) -> str:
    """The strategy as a file that `--strategy FILE.toml` reads."""
    import json

    def line(key: str, value: object) -> str:
        return f"{key} = {json.dumps(value, ensure_ascii=False)}"

    out = [
        line("name", name),
        f"title = {{en = {json.dumps(strategy.title['en'], ensure_ascii=False)}, zh = {json.dumps(strategy.title['zh'], ensure_ascii=False)}}}",
        line("formation", strategy.formation),
        line("leader", strategy.leader),
        line("sharing", strategy.sharing),
        line("plenaries_per_year", strategy.plenaries_per_year),
        line("evidence", list(strategy.evidence)),
        "",
        "[channels]",
        *(line(channel, strength) for channel, strength in strategy.channels.items()),
    ]
    return "\n".join(out) + "\n"
