"""A planner's village table: read as it comes from a county office, with everything that is wrong said at once.

    table = read_table("villages.xlsx")     # or .csv; raises TableError
    table.rows[0]["collective_income"]      # Cell(low=35000.0, high=35000.0, kind='exact', text='3.5万'), or None: unknown

One step after the other: `sheet` (which sheet of the file), `headings` (what each column means, in which unit), `cells`
(the writing of a figure: `3.5万`, `<10000`, `5-8万`), `rows` (which of them are villages), `reading` (villages
and what is said of several at once), `doubts` (figures that are hardly meant), `template`
(an empty table to fill in). The columns themselves are in sim/fields.py.
"""

from village_alliances.sim.fields import FIELD, FIELDS, Field
from village_alliances.sim.problems import Problem, TableError, Text
from village_alliances.sim.table.cells import Cell
from village_alliances.sim.table.reading import Row, Table, Understood, read_bytes, read_table
from village_alliances.sim.table.template import neutralise, write_template

__all__ = [
    "FIELD",
    "FIELDS",
    "Cell",
    "Field",
    "Problem",
    "Row",
    "Table",
    "TableError",
    "Text",
    "Understood",
    "neutralise",
    "read_bytes",
    "read_table",
    "write_template",
]
