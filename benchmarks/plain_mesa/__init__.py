"""The yardstick: the same quarter as an ordinary Mesa modeller would write it, with
objects, floats and `agents.do`.

A test holds it equal to the compiled rules on the same draws. The event log is not part of it, nor
are gains, which compare two runs.
"""

from benchmarks.plain_mesa.agents import Alliance, Village
from benchmarks.plain_mesa.model import County

__all__ = ["Alliance", "County", "Village"]
