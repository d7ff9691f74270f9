"""How the pages become a site: `make docs`. Nothing on it comes from elsewhere, so it reads
as well without a network."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = str(ROOT)  # of the process that executes the tutorial

from village_alliances import __version__, wording  # noqa: E402

project = "village-alliances"
author = "the village-alliances authors"
version = release = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

# The tutorial is executed whenever the site is built; a cell that fails fails the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_execution_show_tb = True

myst_heading_anchors = 4  # the anchors that a reader of the repository sees too

# Docstrings are plain prose, with names between single backticks.
default_role = "code"
autodoc_typehints = "description"
autoclass_content = "both"  # a class and how it is made: its `__init__` says what options mean
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_use_ivar = True

html_theme = "furo"
html_title = "village-alliances"
html_show_sphinx = html_show_copyright = False
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {"footer_icons": [], "top_of_page_buttons": []}


CHINESE = re.compile(wording.CHINESE)


def join_chinese_lines(app: Sphinx, page: nodes.document) -> None:
    """Between Chinese characters and their marks the end of a line in the file is no space."""
    for line in {id(text.parent): text.parent for text in page.findall(nodes.Text)}.values():
        parts = list(line.children)
        for before, line_end, after in zip(parts, parts[1:], parts[2:], strict=False):
            ends = before.astext()[-1:], after.astext()[:1]
            if line_end == "\n" and all(map(CHINESE.match, ends)):
                line.children = [part for part in line.children if part is not line_end]


def menu_in_one_language(app: Sphinx, page: str, _: str, context: dict[str, Any], __: Any) -> None:
    """Beside a Chinese page stand the Chinese pages and the way to English; beside an English one
    the English pages and the way to Chinese."""
    chinese = page.startswith("zh/")
    context["language"] = "zh-CN" if chinese else "en"
    menu = BeautifulSoup(context.get("furo_navigation_tree", ""), "html.parser")
    for caption in menu.select("p.caption"):
        pages = caption.find_next_sibling("ul")
        if chinese and caption.get_text() != "中文":
            pages.extract()
            caption.extract()
        elif not chinese and caption.get_text() == "中文":
            for other in pages.find_all("li", recursive=False)[1:]:
                other.extract()
    if chinese and menu.ul:
        link = f'<a class="reference internal" href="{context["pathto"]("index")}">English</a>'
        way = f'<li class="toctree-l1">{link}</li>'
        menu.ul.append(BeautifulSoup(way, "html.parser"))
    context["furo_navigation_tree"] = str(menu)


def setup(app: Sphinx) -> None:
    """Say of each page in which language it is, and set Chinese as it is written."""
    app.connect("doctree-read", join_chinese_lines)
    app.connect("html-page-context", menu_in_one_language, priority=900)  # after the theme
