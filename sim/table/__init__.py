"""A planner's village table: read as it comes from a county office, with everything
that is wrong said at once.

    table = read_table("villages.xlsx")     # or .csv; raises TableError
    table.rows[0]["collective_income"]      # None: unknown; else
    # Cell(low=35000.0, high=35000.0, kind='exact', text='3.5万')

One step after the other, as `reading` calls them: `text` and `encodings`, `workbook` and `foreign`
(what a file holds, within bounds: `page`), `sheet` (which of its sheets are the table), `layout`
(where headings, rows and panels lie), `headings` and `columns` (what each column means, in which
unit, of which year), `above` (cells that say: as above), `rows` and `sums` (which are villages, and
under which titles), `cells` (the writing of a figure: `3.5万`, `<10000`, `5-8万`) and `villages`,
`naming` (names without marks and remarks: `names`, `places`, `characters`), `agreement` (what must
hold between cells), `doubts`, `units`, `unread` and `told` (what is hardly meant, and what is told
back). `findings` gathers problems, doubts and notes; `template` is an empty table to fill in.
The columns themselves are in sim/fields.py.
"""

from village_alliances.sim.fields import FIELD, FIELDS, Field
from village_alliances.sim.problems import Problem, TableError, Text
from village_alliances.sim.table.cells import Cell
from village_alliances.sim.table.reading import Table, read_bytes, read_table
from village_alliances.sim.table.template import neutralise, template
from village_alliances.sim.table.understood import Understood
from village_alliances.sim.table.villages import VillageRow

__all__ = [
    "FIELD",
    "FIELDS",
    "Cell",
    "Field",
    "Problem",
    "Table",
    "TableError",
    "Text",
    "Understood",
    "VillageRow",
    "neutralise",
    "read_bytes",
    "read_table",
    "template",
]
