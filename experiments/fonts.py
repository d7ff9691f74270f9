"""The font of every figure: Noto Sans CJK SC, so that Latin and Chinese stand side by
side in either language.

The installed package carries the collection of all faces; its first is Japanese, and matplotlib
reads no other. The Simplified Chinese face is therefore taken out once, into the user's cache.
"""

from __future__ import annotations

import importlib.resources
import threading
from functools import cache, partial
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import font_manager
from village_alliances.sim.files import write_atomically
from village_alliances.sim.kept import user_folder

FAMILY = "Noto Sans CJK SC"
FAMILIES = [FAMILY, "DejaVu Sans"]
STYLE: Any = {"font.family": FAMILIES, "axes.unicode_minus": True}
# What a reader's machine may have instead, where text of a figure stays text: the widths of Chinese
# are the same.
ON_SCREEN = (
    f"'{FAMILY}', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', 'Segoe UI', "
    f"Arial, 'DejaVu Sans', sans-serif"
)
_FACE_NAME = 1  # the name table's record that holds a face's family
_LOCK = threading.Lock()


def use_font() -> None:
    """Make every later figure of this process able to show Chinese. Raises FontError if
    it cannot."""
    prepare()
    matplotlib.rcParams.update(STYLE)


class FontError(RuntimeError):
    """The Chinese face is not to be had, with what to install."""


@cache
def prepare() -> Path:
    """The Simplified Chinese face as a file, known to matplotlib, before any face of that name that
    the machine has: figures are the same everywhere. Raises FontError."""
    with _LOCK:
        path = user_folder() / "fonts" / "NotoSansCJKsc-Regular.otf"
        if not path.exists():
            _take_out(_collection(), path)
        manager = font_manager.fontManager
        others = [face for face in manager.ttflist if face.name != FAMILY]
        manager.ttflist = others  # one face of that name
        manager.addfont(path)
    return path


def _collection() -> Path:
    try:
        return Path(str(importlib.resources.files("noto_cjk_sans_otc") / "NotoSansCJK-Regular.ttc"))
    except ModuleNotFoundError as error:
        raise FontError("figures need a Chinese font: pip install noto-cjk-sans-otc") from error


def _take_out(collection: Path, path: Path) -> None:
    from fontTools.ttLib import TTCollection

    with TTCollection(collection, lazy=True) as faces:
        for face in faces:
            if face["name"].getDebugName(_FACE_NAME) == FAMILY:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(path, partial(face.save, reorderTables=None))
                return
    raise FontError(f"{collection}: holds no face called {FAMILY}")
