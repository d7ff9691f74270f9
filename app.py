"""`solara run app.py` opens the page that `alliances dashboard` opens."""
from alliances.dashboard import Page as Page
