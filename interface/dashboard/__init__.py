"""The page in which a planner sees, asks, compares and takes the answer away. `solara run app.py`
or `alliances dashboard` opens it."""

from village_alliances.interface.dashboard.page import Layout as Layout
from village_alliances.interface.dashboard.page import Page as Page
