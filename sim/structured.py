"""TOML, JSON and tables of figures that somebody gave us: one reader for each, and one place that
says what is wrong with their content.

Limits hold before anything is built: the size of the file, how deep its tables lie in each other,
how many digits a number has. A byte order mark is read over. Whatever is wrong ends as a
`TableError` with the file, the place, what was found and expected.
"""

from __future__ import annotations

import io
import json
import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from village_alliances.sim.files import LARGEST_TEXT, read_file
from village_alliances.sim.problems import Problem, TableError, Text, quoted
from village_alliances.sim.toml_causes import cause, name_in_toml
from village_alliances.sim.worded import joined, worded

if TYPE_CHECKING:
    import pandas as pd

DEEPEST = 32  # tables within each other
MOST_DIGITS = 400  # of a number; more than a float64 can have
LARGEST_JSON = 2_000_000_000  # bytes; files of ours may hold the villages of a province
LARGEST_FRAME = 1_000_000_000  # bytes of a table of figures
MOST_CELLS = 500_000_000  # of such a table, once it is unpacked
FRAME_FILE = worded("problems.structured.table_figures")
TOML_FILE = worded("problems.structured.toml_file_utf")
JSON_FILE = worded("problems.structured.json_file_utf")
_WORD = r"(?:\"[^\"\n]*+\"|'[^'\n]*+'|[A-Za-z0-9_-]++)"
_DEEP_KEY = re.compile(rf"(?<![A-Za-z0-9_\"'-])(?:{_WORD}[ \t]*+\.[ \t]*+){{{DEEPEST}}}")
_LONG_NUMBER = re.compile(rf"(?<![\w.])[+-]?[0-9][0-9_]{{{MOST_DIGITS}}}")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
Schema = TypeVar("Schema", bound=BaseModel)


class Strict(BaseModel):
    """What a file may say: nothing beyond its fields, and unchanged once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def entries(cls) -> tuple[str, ...]:
        """The names that a file may write here: the fields, where a class says no others."""
        return tuple(cls.model_fields)


def read_toml(path: Path | str) -> dict[str, Any]:
    """The content of a TOML file. Raises TableError."""
    return toml_of(read_file(path, LARGEST_TEXT, TOML_FILE), str(path))


def toml_of(body: bytes | str, file: str) -> dict[str, Any]:
    """The content of TOML that came from `file`. Raises TableError."""
    text = _text(body, file, TOML_FILE)
    if (deep := _DEEP_KEY.search(text)) is not None:  # such keys take the parser quadratic time
        _too_deep(file, TOML_FILE, 1 + text.count("\n", 0, deep.start()))
    if (long := _LONG_NUMBER.search(text)) is not None:
        _refuse(
            file,
            worded("problems.structured.number_more_digits", most_digits=MOST_DIGITS),
            TOML_FILE,
            1 + text.count("\n", 0, long.start()),
        )
    return _parsed(tomllib.loads, text, file, TOML_FILE)


def read_json(path: Path | str, most: int = LARGEST_JSON) -> dict[str, Any]:
    """The object in a JSON file of at most `most` bytes. Raises TableError, also for NaN and
    infinities, which JSON has not."""
    return json_of(read_file(path, most, JSON_FILE), str(path))


def json_of(body: bytes | str, file: str) -> dict[str, Any]:
    """The object in JSON that came from `file`. Raises TableError."""

    def refuse(word: str) -> NoReturn:
        raise ValueError(f"{word} is no number of JSON")

    def finite(word: str) -> float:
        return number if math.isfinite(number := float(word)) else refuse(word)

    return _parsed(
        lambda text: json.loads(text, parse_constant=refuse, parse_float=finite),
        _text(body, file, JSON_FILE),
        file,
        JSON_FILE,
    )


def read_frame(path: Path | str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The table of figures in a .parquet or .csv file, or those of its columns. Raises
    TableError: no such file, damaged, too large, a column that is missing."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = Path(path)
    body = io.BytesIO(read_file(path, LARGEST_FRAME, FRAME_FILE))
    try:
        if path.suffix.lower() != ".parquet":
            return pd.read_csv(body, usecols=columns)
        about = pq.read_metadata(body)
        if about.num_rows * about.num_columns > MOST_CELLS:
            cells = f"{about.num_rows:,} x {about.num_columns:,}"
            _refuse(str(path), worded("problems.structured.more_cells", cells=cells), FRAME_FILE)
        return pd.read_parquet(body, columns=columns)
    except TableError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        _refuse(str(path), Text(why), FRAME_FILE)


def shaped(file: str, schema: type[Schema], body: Mapping[str, Any], place: str = "") -> Schema:
    """`body` as a `schema`. Raises TableError with everything that does not fit, each with
    its place under `place`."""
    try:
        return schema(**body)
    except ValidationError as error:
        raise TableError(problems_of(file, error, schema, place)) from error
    except (TypeError, RecursionError) as error:  # a key that is no name in Python, say
        raise TableError(
            [
                Problem(
                    file,
                    None,
                    place or None,
                    quoted(error),
                    worded("problems.structured.names_values"),
                )
            ]
        ) from error


def problems_of(
    file: str, error: ValidationError, schema: type[BaseModel], place: str = ""
) -> list[Problem]:
    """What pydantic found, in words of both languages."""
    problems = []
    for detail in error.errors(include_url=False):
        steps, kind = _written(detail["loc"], schema), detail["type"]
        value = quoted(steps[-1] if kind == "extra_forbidden" else detail.get("input"))
        if kind == "missing" or (kind == "model_type" and detail.get("input") is None):
            value = worded("problems.structured.nothing")
        if kind == "extra_forbidden" and len(steps) == 1:
            expected = worded("problems.structured.one_of", names=", ".join(_entries(schema)))
        elif kind in ("dict_type", "model_type"):
            expected = _a_table(steps, place, _schema_at(schema, detail["loc"]))
        elif kind in ("tuple_type", "list_type") and _schema_at(schema, (*detail["loc"], 0)):
            heading = name_in_toml(place_of(steps, place))
            expected = worded("problems.structured.tables_headed", heading=heading)
        else:
            expected = _expected(kind, detail.get("ctx", {}), str(detail["msg"]))
        problems.append(Problem(file, None, place_of(steps, place) or None, value, expected))
    return problems


def _entries(schema: type[BaseModel]) -> tuple[str, ...]:
    return schema.entries() if issubclass(schema, Strict) else tuple(schema.model_fields)


def _written(steps: Sequence[str | int], schema: type[BaseModel]) -> Sequence[str | int]:
    """The steps to a place as its file writes them: without a field that stands in none."""
    inner = steps and steps[0] in schema.model_fields and steps[0] not in _entries(schema)
    return steps[1:] if inner else steps


def _schema_at(schema: Any, steps: Sequence[str | int]) -> type[BaseModel] | None:
    """The schema of what stands at a place, or None where it has none."""
    for step in steps:
        if isinstance(schema, type) and issubclass(schema, BaseModel):
            field = schema.model_fields.get(str(step))
            schema = field.annotation if field else None
        else:
            inner = [part for part in get_args(schema) if part is not Ellipsis]
            schema = inner[-1] if inner else None
    return schema if isinstance(schema, type) and issubclass(schema, BaseModel) else None


def _a_table(steps: Sequence[str | int], within: str, schema: type[BaseModel] | None) -> Text:
    """What is expected where a table should stand; one of a list has no heading of its own."""
    if "[" in within or any(isinstance(step, int) or step == "[key]" for step in steps):
        return worded("problems.structured.table_names_values")
    return headed([*([within] if within else []), *map(str, steps)], schema)


def headed(names: Sequence[str], schema: type[BaseModel] | None = None) -> Text:
    """The table with these names for its heading, and what a `schema` asks of it at least."""
    heading = "[" + ".".join(name_in_toml(name) for name in names) + "]"
    fields = {} if schema is None else schema.model_fields
    least = joined(name for name, field in fields.items() if field.is_required())
    if not least:
        return worded("problems.structured.table_headed", heading=heading)
    return worded("problems.structured.table_headed_with", heading=heading, least=least)


def place_of(steps: Sequence[str | int], within: str = "") -> str:
    """Where something stands in a file: `alliance[0].founded`."""
    where = within
    for step in steps:
        if step != "[key]":
            where += f"[{step}]" if isinstance(step, int) else f"{'.' if where else ''}{step}"
    return where


def _expected(kind: str, context: Mapping[str, Any], message: str) -> Text:
    words = {
        "missing": worded("problems.structured.value"),
        "extra_forbidden": worded("problems.structured.such_entry"),
        "string_type": worded("problems.structured.text"),
        "finite_number": worded("problems.structured.finite_number"),
        "tuple_type": worded("problems.structured.list"),
        "list_type": worded("problems.structured.list"),
        "bool_type": worded("problems.structured.true_false"),
        "bool_parsing": worded("problems.structured.true_false"),
    }
    if kind in words:
        return words[kind]
    if kind.startswith("int"):
        return worded("problems.structured.whole_number")
    if kind.startswith("float"):
        return worded("problems.structured.number")
    bounds = {
        "greater_than_equal": ("ge", "problems.structured.or_more"),
        "greater_than": ("gt", "problems.structured.more_than"),
        "less_than_equal": ("le", "problems.structured.or_less"),
        "less_than": ("lt", "problems.structured.less_than"),
        "too_short": ("min_length", "problems.structured.items_least"),
        "too_long": ("max_length", "problems.structured.items_most"),
        "string_too_short": ("min_length", "problems.structured.characters_least"),
        "string_too_long": ("max_length", "problems.structured.characters_most"),
    }
    if kind in bounds:
        key, text = bounds[kind]
        number = context.get(key)
        bound = f"{number:,g}" if isinstance(number, (int, float)) else str(number)
        return worded(text, bound=bound)
    if kind == "literal_error":
        between = worded("problems.structured.or")
        there_are = str(context.get("expected"))
        return Text(there_are, there_are.replace(str(between), between.zh))
    raised = context.get("error")
    if isinstance(raised, Exception) and raised.args and isinstance(raised.args[0], Text):
        return raised.args[0]
    return Text(message.removeprefix("Value error, "))


def _text(body: bytes | str, file: str, expected: Text) -> str:
    if isinstance(body, str):
        return body.removeprefix("\ufeff")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = 1 + body.count(b"\n", 0, error.start)
        _refuse(file, worded("problems.structured.bytes_utf"), expected, row)


def _parsed(parse: Callable[[str], Any], text: str, file: str, expected: Text) -> dict[str, Any]:
    try:
        parsed = parse(text)
    except RecursionError:
        _too_deep(file, expected)
    except ValueError as error:  # syntax, and numbers that Python does not read
        splitline = str(error).splitlines()[0][:200]
        line = _AT_LINE.search(splitline)
        row = int(line[1]) if line else getattr(error, "lineno", None)
        _refuse(file, Text(splitline), _with_cause(expected, text, row), row)
    if not isinstance(parsed, dict):
        _refuse(file, quoted(parsed), worded("problems.structured.table_names_values"))
    if _deeper_than(parsed, DEEPEST):
        _too_deep(file, expected)
    return parsed


def _with_cause(expected: Text, text: str, row: int | None) -> Text:
    """What is expected of a TOML file, and of its row `row` where a common slip is seen there."""
    if expected is not TOML_FILE or row is None:
        return expected
    why = cause(text.split("\n")[row - 1].rstrip("\r"))
    return worded("problems.structured.and_here", file=expected, why=why) if why else expected


def _deeper_than(body: Any, most: int) -> bool:
    level = [body]
    for _ in range(most):
        level = [
            inner
            for item in level
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True


def _too_deep(file: str, expected: Text, row: int | None = None) -> NoReturn:
    message = worded("problems.structured.tables_lists_more", deepest=DEEPEST)
    _refuse(file, message, expected, row)


def _refuse(file: str, text: Text, expected: Text, row: int | None = None) -> NoReturn:
    raise TableError([Problem(file, row, None, text, expected)])
