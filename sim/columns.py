"""What a rule is given: a `Society`, read by name in Python and in compiled rules alike.

`society.villages.capacity[i]` is one cell of a row of a matrix. A tuple of sixty arrays would say
the same, but Numba spends a second on each function that takes one, and milliseconds on each call;
these small types pass their arrays as one value.
"""

from __future__ import annotations

import difflib
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import NativeValue, models, register_model, typeof_impl, unbox
from numba.np.arrayobj import make_array, populate_array
from numba.np.numpy_support import as_dtype, from_dtype
from village_alliances.sim.society import (
    ACCOUNT,
    MEMBERS,
    REALS,
    RECORDS,
    VILLAGE,
    WHOLES,
    Variable,
)


class Columns:
    """One array a variable: `real` (columns, n) float64, `whole` (columns, n)
    int64, `id` (n,) uint64."""

    __slots__ = ("address", "id", "real", "struct", "whole")
    variables: tuple[Variable, ...] = ()
    where: dict[str, tuple[str, int]]

    def __init_subclass__(cls) -> None:
        real = [v.name for v in cls.variables if v.dtype == "f8"]
        whole = [v.name for v in cls.variables if v.dtype == "i8"]
        cls.where = {name: ("real", row) for row, name in enumerate(real)}
        cls.where |= {name: ("whole", row) for row, name in enumerate(whole)}

    def __init__(self, rows: int) -> None:
        real = sum(place == "real" for place, _ in self.where.values())
        whole = len(self.where) - real
        self.hold(
            np.zeros((real, rows)), np.zeros((whole, rows), np.int64), np.zeros(rows, np.uint64)
        )

    def hold(self, real: np.ndarray, whole: np.ndarray, id: np.ndarray) -> Any:
        """Take these arrays as the columns."""
        self.real, self.whole, self.id = real, whole, id
        self.struct = np.array(_layout(_TYPES[type(self)], self), np.int64)
        self.address = self.struct.ctypes.data
        return self

    def __getattr__(self, name: str) -> np.ndarray:
        try:
            matrix, row = self.where[name]
        except KeyError:
            raise AttributeError(_no_column(type(self), name)) from None
        return np.asarray(getattr(self, matrix)[row])

    @property
    def size(self) -> int:
        """Number of rows."""
        return int(self.id.size)

    def copy(self) -> Any:
        """The same columns in memory of their own."""
        return type(self)(0).hold(self.real.copy(), self.whole.copy(), self.id.copy())

    def __reduce__(self) -> Any:
        return _again, (type(self), self.real, self.whole, self.id)


def _again(kind: type[Columns], real: np.ndarray, whole: np.ndarray, ids: np.ndarray) -> Columns:
    return kind(0).hold(real, whole, ids)


class Villages(Columns):
    """Villages of all runs, run after run."""

    variables = VILLAGE


class Accounts(Columns):
    """Whoever runs projects: every village alone, then every slot of an
    alliance. `id`: key of its draws."""

    variables = ACCOUNT


CALLED = {"cash": "fund", "money": "fund", "savings": "fund", "income": "operating_income"}


def _no_column(table: type[Columns], name: str) -> str:
    """`villages have no column 'cash'; there are: society.accounts.fund`: the nearest names of
    both tables, else those of this one."""
    tables = (table, Accounts if table is Villages else Villages)
    there = {column: f"society.{_said(of)}.{column}" for of in tables[::-1] for column in of.where}
    likely = [CALLED.get(name, name), *difflib.get_close_matches(name, there, 5, 0.6)]
    near = dict.fromkeys(there[column] for column in likely if column in there)
    return f"{_said(table)} have no column {name!r}; there are: {', '.join(near or table.where)}"


def _said(table: type[Columns]) -> str:
    return table.__name__.lower()


class Society:
    """A block of runs: everything that a rule may read or write. Members and shapes:
    see MEMBERS."""

    __slots__ = ("address", "struct", *MEMBERS)
    struct: Any
    address: int

    def __init__(self, **members: Any) -> None:
        for name in MEMBERS:
            object.__setattr__(self, name, members[name])
        self._lay_out()

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        self._lay_out()

    def _lay_out(self) -> None:
        object.__setattr__(self, "struct", np.array(_layout(SocietyType, self), np.int64))
        object.__setattr__(self, "address", self.struct.ctypes.data)

    def copy(self) -> Society:
        """The same society in memory of its own."""
        return Society(**{name: getattr(self, name).copy() for name in MEMBERS})

    def __reduce__(self) -> Any:
        return _society_again, ({name: getattr(self, name) for name in MEMBERS},)


def _society_again(members: dict[str, Any]) -> Society:
    return Society(**members)


class _Known(types.Type):
    """A type of ours, known to Numba by its name alone."""


class VillagesType(_Known):
    """How Numba knows `Villages`."""


class AccountsType(_Known):
    """How Numba knows `Accounts`."""


class SocietyType(_Known):
    """How Numba knows `Society`."""


_TYPES: dict[type, type[_Known]] = {
    Villages: VillagesType,
    Accounts: AccountsType,
    Society: SocietyType,
}
_CLASSES: dict[type, Any] = {kind: cls for cls, kind in _TYPES.items()}
VILLAGES = VillagesType(name="NextVillages")
ACCOUNTS = AccountsType(name="NextAccounts")
SOCIETY = SocietyType(name="NextSociety")
_INSTANCES = {Villages: VILLAGES, Accounts: ACCOUNTS, Society: SOCIETY}
for _class, _instance in _INSTANCES.items():
    _class._numba_type_ = _instance  # type: ignore[attr-defined]  # spares a look-up at every call
_COLUMNS = {
    "real": types.Array(types.float64, 2, "C"),
    "whole": types.Array(types.int64, 2, "C"),
    "id": types.Array(types.uint64, 1, "C"),
}
_ROW = {
    "real": types.Array(types.float64, 1, "C"),
    "whole": types.Array(types.int64, 1, "C"),
}
_TABLES = {VILLAGES, ACCOUNTS}


def _member_types() -> dict[str, Any]:
    real, whole = types.float64, types.int64
    members: dict[str, Any] = {"villages": VILLAGES, "accounts": ACCOUNTS}
    for name, (dtype, ndim) in RECORDS.items():
        members[name] = types.Array(from_dtype(np.dtype(dtype)), ndim, "C")
    members |= {name: types.Array(real, ndim, "C") for name, ndim in REALS.items()}
    members |= {name: types.Array(whole, ndim, "C") for name, ndim in WHOLES.items()}
    for keys in ("product_key", "type_key"):
        members[keys] = types.Array(types.uint64, 1, "C")
    return {name: members[name] for name in MEMBERS}


_FIELDS: dict[type[_Known], dict[str, Any]] = {
    VillagesType: _COLUMNS,
    AccountsType: _COLUMNS,
    SocietyType: _member_types(),
}
_ARRAYS: dict[type[_Known], list[tuple[str, Any, int]]] = {
    kind: [
        (name, None, 0) if member in _TABLES else (name, as_dtype(member.dtype), member.ndim)
        for name, member in fields.items()
    ]
    for kind, fields in _FIELDS.items()
}
"""Each member's name, type and dimensions; none of a table's, which has laid itself out."""


@typeof_impl.register(Villages)
@typeof_impl.register(Accounts)
@typeof_impl.register(Society)
def _typeof(value: Any, context: Any) -> _Known:
    return _INSTANCES[type(value)]


@register_model(VillagesType)
@register_model(AccountsType)
@register_model(SocietyType)
class _Model(models.PrimitiveModel):
    """The address of the struct that the object has laid out. Handing a hundred arrays from
    function to function would cost most of the compiling. Arrays are only borrowed: the caller in
    Python owns them, so compiled code counts no references."""

    def __init__(self, manager: Any, kind: _Known) -> None:
        super().__init__(manager, kind, ir.IntType(64).as_pointer())


def _layout(kind: type[_Known], value: Any) -> list[int]:
    """The struct of a value in memory, word by word: for each array no owner, no parent, size, item
    size, address, shape, strides."""
    words: list[int] = []
    for name, dtype, ndim in _ARRAYS[kind]:
        array = getattr(value, name)
        if not ndim:
            words += array.struct.tolist()
            continue
        if array.ndim != ndim or array.dtype != dtype or not array.flags.c_contiguous:
            raise TypeError(
                f"{name}: an array of {array.ndim} dimensions of {array.dtype} is not "
                f"{_FIELDS[kind][name]}"
            )
        words += [0, 0, array.size, array.itemsize, array.ctypes.data, *array.shape, *array.strides]
    return words


@unbox(VillagesType)
@unbox(AccountsType)
@unbox(SocietyType)
def _unbox(kind: _Known, obj: Any, c: Any) -> NativeValue:
    """Read the struct that the object has laid out: one look-up, where taking each array by itself
    would cost microseconds."""
    address = c.pyapi.object_getattr_string(obj, "address")
    place = c.pyapi.long_as_voidptr(address)
    c.pyapi.decref(address)
    return NativeValue(
        c.builder.bitcast(place, c.context.get_value_type(kind)), is_error=c.pyapi.c_api_error()
    )


@infer_getattr
class _SocietyAttributes(AttributeTemplate):
    key = SocietyType

    def generic_resolve(self, kind: SocietyType, name: str) -> Any:
        return _FIELDS[SocietyType].get(name)


@infer_getattr
class _VillagesAttributes(AttributeTemplate):
    key = VillagesType

    def generic_resolve(self, kind: VillagesType, name: str) -> Any:
        return _type_of_column(Villages, name)


@infer_getattr
class _AccountsAttributes(AttributeTemplate):
    key = AccountsType

    def generic_resolve(self, kind: AccountsType, name: str) -> Any:
        return _type_of_column(Accounts, name)


def _type_of_column(table: type[Columns], name: str) -> Any:
    if name == "id":
        return _COLUMNS["id"]
    return _ROW[table.where[name][0]] if name in table.where else None


def _words(kind: type[_Known], name: str) -> int:
    """Where in the struct a member begins, in words of eight bytes."""
    words = 0
    for other, member in _FIELDS[kind].items():
        if other == name:
            return words
        words += (
            sum(map(_array_words, _COLUMNS.values())) if member in _TABLES else _array_words(member)
        )
    raise KeyError(name)


def _array_words(kind: Any) -> int:
    return 5 + 2 * int(kind.ndim)


def _load(builder: Any, place: Any, word: int, pointer: Any = None) -> Any:
    """A word of the struct. No rule changes the struct itself, and LLVM is told so: it need not
    read the word again after every store."""
    address = builder.gep(place, [ir.Constant(ir.IntType(64), word)])
    if pointer:
        address = builder.bitcast(address, pointer.as_pointer())
    content = builder.load(address)
    content.set_metadata("invariant.load", builder.module.add_metadata([]))
    return content


def _shape(builder: Any, place: Any, word: int, kind: Any) -> list[Any]:
    return [_load(builder, place, word + 5 + axis) for axis in range(kind.ndim)]


def _array(context: Any, builder: Any, kind: Any, place: Any, word: int) -> Any:
    """The array whose description begins at this word."""
    array = make_array(kind)(context, builder)
    shape = _shape(builder, place, word, kind)
    itemsize = context.get_constant(types.intp, as_dtype(kind.dtype).itemsize)
    strides = [itemsize]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    data = _load(builder, place, word + 4, array.data.type)
    _fill(builder, array, data, shape, strides, itemsize)
    return array._getvalue()


def _fill(
    builder: Any, array: Any, data: Any, shape: list[Any], strides: list[Any], itemsize: Any
) -> None:
    packed = (cgutils.pack_array(builder, shape), cgutils.pack_array(builder, strides))
    populate_array(
        array, data=data, shape=packed[0], strides=packed[1], itemsize=itemsize, meminfo=None
    )


@lower_getattr_generic(SocietyType)
def _member(context: Any, builder: Any, kind: SocietyType, value: Any, name: str) -> Any:
    word = _words(SocietyType, name)
    member = _FIELDS[SocietyType][name]
    if member in _TABLES:
        return builder.gep(value, [ir.Constant(ir.IntType(64), word)])
    return _array(context, builder, member, value, word)


@lower_getattr_generic(VillagesType)
@lower_getattr_generic(AccountsType)
def _column(context: Any, builder: Any, kind: _Known, value: Any, name: str) -> Any:
    table = type(kind)
    if name == "id":
        return _array(context, builder, _COLUMNS["id"], value, _words(table, "id"))
    which, row = _CLASSES[table].where[name]
    word = _words(table, which)
    column = make_array(_ROW[which])(context, builder)
    (_, length) = _shape(builder, value, word, _COLUMNS[which])
    start = builder.mul(length, context.get_constant(types.intp, row))
    itemsize = context.get_constant(types.intp, 8)
    data = builder.gep(_load(builder, value, word + 4, column.data.type), [start])
    _fill(builder, column, data, [length], [itemsize], itemsize)
    return column._getvalue()
