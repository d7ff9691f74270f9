"""Building blocks of pages: containers with a meaning, markup, messages."""

from __future__ import annotations

import json
import math
from typing import Any

import solara
from village_alliances.interface.dashboard.state import asked
from village_alliances.interface.dashboard.terms import explained
from village_alliances.interface.dashboard.widgets import Chart
from village_alliances.interface.dashboard.words import clean, markup, text


def box(tag: str = "div", classes: str = "", **attributes: str) -> Any:
    """A container to be used in a `with`: an HTML element of that name."""
    named = {name.replace("_", "-"): value for name, value in attributes.items()}
    return solara.v.Html(tag=tag, class_=classes, attributes=named)


def html(content: str, tag: str = "div", classes: str = "", **attributes: str) -> Any:
    """Ready markup in one element. Whatever a visitor typed must have
    passed through `clean` before.

    What can be too wide for the page (class `wide`) scrolls, by the keyboard too.
    """
    reachable = {"tabindex": "0"} if "wide" in classes.split() else {}
    return solara.HTML(
        tag=tag,
        unsafe_innerHTML=content,
        classes=[classes] if classes else [],
        attributes={**reachable, **attributes},
    )


def heading(title: str, why: str = "", level: str = "h2", about: str = "") -> None:
    """A heading with one sentence on what stands below it. `about`: markup that opens into what the
    figures are. Terms of `why` are explained."""
    html(clean(title) + about, level)
    if why:
        html(explained(why, asked.value.lang), "p", "why")


def skeleton(lang: str, height: str = "160px") -> None:
    """The shape of what is still being computed."""
    html(markup("span", clean(text("state.loading", lang)), "unseen"), classes="skeleton")


def trouble(reference: str, lang: str) -> None:
    """An error without its stack; the log has it under the reference."""
    html(clean(text("state.trouble", lang, reference=reference)), classes="problem")


def swatch(colour: str) -> str:
    """A patch of a strategy's colour."""
    return markup("i", "", "swatch", style=f"background:{colour}", aria_hidden="true")


def key_of(entries: list[tuple[str, str]]) -> str:
    """A legend: (colour, name)."""
    return markup(
        "ul", "".join(markup("li", swatch(colour) + clean(name)) for colour, name in entries), "key"
    )


def picture(option: dict[str, Any], label: str, height: str = "300px", **more: Any) -> Any:
    """A chart of `option`. It travels as one text, so that nothing on the way
    looks through its numbers."""
    return Chart(option=compact(option), height=height, label=label, **more)


def compact(value: Any) -> str:
    """JSON as a browser reads it: what is not a finite number becomes null."""
    return json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    return [_finite(v) for v in value] if isinstance(value, (list, tuple)) else value
