"""The page's own widgets: small Vue components that work without the internet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara


@solara.component_vue("chart.vue")
def Chart(
    option: str,
    height: str = "300px",
    label: str = "",
    event_clicked: Callable[[Any], None] | None = None,
) -> None:
    """An ECharts picture of an option in JSON. Texts of it that begin with `fn:` name functions of
    static/custom.js. `label` is what a reader hears."""


@solara.component_vue("slider.vue")
def Slider(
    label: str,
    value: float,
    low: float,
    high: float,
    step: float,
    notation: str = "plain",
    lang: str = "en",
    hint: str = "",
    about: str = "",
    event_moved: Callable[[float], None] | None = None,
) -> None:
    """A slider that speaks while it moves (at most every 80 ms). `notation` says how its
    value is written: money, years, percent ...

    `about`: what it is, its unit and its source, behind a question mark.
    """


@solara.component_vue("address.vue")
def Address(
    query: str,
    page: str,
    lang: str,
    title: str,
    words: dict[str, str],
    event_went: Callable[[str], None] | None = None,
) -> None:
    """Writes the question into the browser's address; a new page is a new entry of its history.
    `went` is called with what Back brings. Says so where the server is gone (words: server, anew,
    again) and holds the form still: nothing would answer it."""


@solara.component_vue("upload.vue")
def Upload(
    words: dict[str, str],
    most: int,
    accept: str = ".csv,.tsv,.txt,.xlsx,.xlsm,.xls,.ods,.geojson",
    event_got: Callable[[dict[str, str]], None] | None = None,
) -> None:
    """Takes a file of at most `most` bytes, of the endings in `accept`, and gives {name,
    data}, the data in base64."""


@solara.component_vue("download.vue")
def Download(
    label: str,
    icon: str = "mdi-download",
    file: dict[str, Any] = {},  # noqa: B006
    event_wanted: Callable[[Any], None] | None = None,
    busy: bool = False,
    kind: str = "link",
) -> None:
    """A button that asks for a file and saves it: {name, mime, data (base64), n (a new
    number for a new file)}."""


@solara.component_vue("choice.vue")
def Choice(
    label: str,
    value: str,
    groups: list[dict[str, Any]],
    hidden_label: bool = False,
    event_chosen: Callable[[str], None] | None = None,
) -> None:
    """A plain list to choose from: groups of {label, items: [{value, text}]}."""


@solara.component_vue("tick.vue")
def Tick(
    label: str,
    value: bool,
    title: str = "",
    event_ticked: Callable[[bool], None] | None = None,
) -> None:
    """A box to tick; `title` is told when one points at it."""


@solara.component_vue("press.vue")
def Press(
    label: str,
    icon: str = "",
    kind: str = "plain",
    title: str = "",
    pressed: bool | None = None,
    disabled: bool = False,
    current: bool = False,
    event_go: Callable[[Any], None] | None = None,
) -> None:
    """A button; `pressed` makes it a switch, `current` marks the page one is on."""


@solara.component_vue("film.vue")
def Film(
    film: str,
    words: dict[str, Any],
    lang: str,
    event_clicked: Callable[[dict[str, Any]], None] | None = None,
) -> None:
    """One society or two as moving maps, played in the browser from frames that
    came at once (see film.py)."""


@solara.component_vue("board.vue")
def Board(
    sites: str, words: dict[str, str], event_moved: Callable[[dict[str, int]], None] | None = None
) -> None:
    """A map on which villages are dragged from alliance to alliance. `sites` in JSON: places {i,
    name, x, y, a (0: alone), moved} and titles by number. `moved` is called with {village, to}."""


@solara.component_vue("copy.vue")
def Copy(label: str, done: str, title: str = "") -> None:
    """A button that copies the page's address."""


@solara.component_vue("sheet.vue")
def Sheet(heads: list[str], rows: str, words: dict[str, str], whole: bool = False) -> None:
    """A long table with a search box; `whole`: all rows at once, else more on request. `rows` in
    JSON: [{k: key, t: text in lower case that is searched, c: [markup of each cell]}]."""


@solara.component_vue("writing.vue")
def Writing(
    label: str,
    value: str,
    event_written: Callable[[str], None] | None = None,
) -> None:
    """A text to write, told a quarter of a second after the last key."""


@solara.component_vue("guide.vue")
def Guide(words: dict[str, Any], asked: int = 0) -> None:
    """The short guide: shown on a first visit of this browser, and whenever `asked` changes.
    words: title, items, close."""


@solara.component_vue("steps.vue")
def Steps(
    back: str,
    again: str,
    can_go_back: bool,
    can_go_again: bool,
    event_went_back: Callable[[Any], None] | None = None,
    event_went_again: Callable[[Any], None] | None = None,
) -> None:
    """Two buttons and two keys: back to the question before, and again to the one that was left."""


@solara.component_vue("theme.vue")
def Theme(label: str) -> None:
    """A button that makes the page dark or light; the browser keeps the choice."""


@solara.component_vue("keeper.vue")
def Keeper(
    query: str,
    verdict: str,
    called: str,
    words: dict[str, str],
    full: bool = False,
    event_named: Callable[[str], None] | None = None,
    event_opened: Callable[[str], None] | None = None,
    event_beside: Callable[[str], None] | None = None,
) -> None:
    """Questions kept in this browser by name, each with its answer's `verdict`: to open again, or
    to be answered beside the page's own (not where it is `full`). words: name, keep, done, lost,
    open, beside, remove."""
