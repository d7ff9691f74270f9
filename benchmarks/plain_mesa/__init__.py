"""The yardstick: the same quarter as an ordinary Mesa modeller would write it, with objects, floats and `agents.do`.

A test holds it equal to the compiled rules on the same draws. Founding is given by the scenario; villages that ally or move by
themselves, the weak-village campaign, projects of single villages and the event log are not part of it.
"""

from benchmarks.plain_mesa.agents import Alliance, Village
from benchmarks.plain_mesa.model import County

__all__ = ["Alliance", "County", "Village"]
