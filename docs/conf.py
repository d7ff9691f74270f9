"""How the pages become a site: `make docs`. Nothing on it comes from elsewhere, so it reads
as well without a network."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = str(ROOT)  # of the process that executes the tutorial

from village_alliances import __version__  # noqa: E402

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


def setup(app: Sphinx) -> None:
    """Say of each page in which language it is."""
    app.connect(
        "html-page-context",
        lambda app, page, template, context, tree: context.update(
            language="zh-CN" if page.startswith("zh/") else "en"
        ),
    )
