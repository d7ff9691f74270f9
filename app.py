"""`solara run app.py` opens the page that `alliances dashboard` opens."""

from village_alliances.interface.dashboard import Layout as Layout, Page as Page  # noqa: I001
