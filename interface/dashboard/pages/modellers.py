"""Mesa's own page on the same model, for those who know Mesa: built anew for every visitor."""

from __future__ import annotations

import logging
from typing import Any

import solara
from village_alliances.interface.dashboard.parts import box, html
from village_alliances.interface.dashboard.state import OWN_TABLE, asked
from village_alliances.interface.dashboard.words import clean, text
from village_alliances.sim.strategy import names as strategies

logging.getLogger("MESA").setLevel(logging.WARNING)
QUICKEST = 100  # milliseconds a step: quicker playing makes Mesa's page read while it writes


class Interval(solara.Reactive[int]):
    """Milliseconds between two steps that cannot be set under QUICKEST,
    whatever Mesa's slider allows."""

    def set(self, value: int) -> None:
        """Take the value, then go back to the least one where it is under that: the
        slider follows."""
        super().set(value)
        if value < QUICKEST:
            super().set(QUICKEST)


def portray(village: Any) -> dict[str, Any]:
    """How Mesa's map draws a village: by alliance and income."""
    alliance = village.alliance
    colour = "#b9b5aa" if alliance is None else f"C{alliance.number % 10}"
    return {
        "color": colour,
        "size": 20 + 25 * max(0.0, village.operating_income / 1e5) ** 0.5,
        "marker": "o",
        "alpha": 0.9,
    }


def Map(model: Any) -> Any:
    """Villages where they lie, with links to their lead village, in matplotlib."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 5))
    ax = figure.subplots()
    place = model.setting.position
    for alliance in model.alliances:
        lead = alliance.lead
        for member in alliance.members:
            if lead is not None and member is not lead:
                dashed = "--" if alliance.status == "paper" else "-"
                ax.plot(
                    *zip(place[lead.index], place[member.index], strict=True),
                    dashed,
                    color=f"C{alliance.number % 10}",
                    lw=1,
                )
    looks = [portray(village) for village in model.villages]
    ax.scatter(
        place[:, 0],
        place[:, 1],
        s=[x["size"] for x in looks],
        c=[x["color"] for x in looks],
        edgecolors="white",
        zorder=3,
    )
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_title(model.time_label)
    return solara.FigureMatplotlib(figure)


@solara.component
def Moving(model: Any) -> None:
    """The map again after every step of Mesa's own controls."""
    from mesa.visualization.utils import update_counter

    update_counter.get()
    Map(model)


@solara.component
def Body() -> None:
    """The page for modellers."""
    from mesa.visualization import SolaraViz, make_plot_component
    from village_alliances.sim.model import AllianceModel

    form = asked.value
    lang = form.lang
    source = "jinxi" if form.source == OWN_TABLE else form.source
    html(clean(text("modellers.title", lang)), "h1")
    html(clean(text("modellers.why", lang)), "p", "lead")
    html(clean(text("modellers.large", lang)), classes="note large-screens")
    model = solara.use_memo(
        lambda: AllianceModel(source, form.strategy, luck_seed=form.seed, run=form.run),
        [source, form.strategy, form.seed, form.run],
    )
    solara.use_effect(lambda: model.close, [model])
    parts = solara.use_memo(
        lambda: [
            Moving,
            make_plot_component("mean_income"),
            make_plot_component("weak_villages_50k"),
        ],
        [],
    )
    settings = solara.use_memo(
        lambda: {
            "scenario": source,
            "strategy": {
                "type": "Select",
                "value": form.strategy,
                "values": list(strategies()),
                "label": "strategy",
            },
            "luck_seed": {
                "type": "SliderInt",
                "value": form.seed,
                "min": 1,
                "max": 50,
                "step": 1,
                "label": "luck_seed",
            },
            "run": {
                "type": "SliderInt",
                "value": form.run,
                "min": 0,
                "max": 99,
                "step": 1,
                "label": "run",
            },
        },
        [source],
    )
    interval = solara.use_memo(lambda: Interval(2 * QUICKEST), [])
    with box("div", "mesa"), solara.AppLayout(navigation=False, title="Mesa", sidebar_open=True):
        SolaraViz(
            model,
            components=parts,
            model_params=settings,
            name="AllianceModel",
            play_interval=interval,
        )
