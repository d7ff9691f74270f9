"""What a rule is given: `Society`, with villages as columns, read by name in Python and in compiled rules alike.

`w.v.capacity[i]` is one cell of a row of a matrix. A tuple of sixty arrays would say the same, but Numba spends a second on
each function that takes one, and milliseconds on each call; these two small types pass their arrays as one value.
"""

from __future__ import annotations

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
from village_alliances.sim.society import MEMBERS, REALS, RECORDS, VILLAGE, WHOLES

REAL = tuple(v.name for v in VILLAGE if v.dtype == "f8")
WHOLE = tuple(v.name for v in VILLAGE if v.dtype == "i8")
NAMES = tuple(v.name for v in VILLAGE)
_WHERE = {name: ("real", row) for row, name in enumerate(REAL)} | {
    name: ("whole", row) for row, name in enumerate(WHOLE)
}


class Villages:
    """Columns of villages. `real` (columns, n) float64, `whole` (columns, n) int64, `id` (n,) uint64."""

    __slots__ = ("address", "id", "real", "struct", "whole")

    def __init__(self, rows: int) -> None:
        self.hold(
            np.zeros((len(REAL), rows)),
            np.zeros((len(WHOLE), rows), np.int64),
            np.zeros(rows, np.uint64),
        )

    def hold(self, real: np.ndarray, whole: np.ndarray, id: np.ndarray) -> Villages:
        """Take these arrays as the columns."""
        self.real, self.whole, self.id = real, whole, id
        self.struct = np.array(_layout(VillagesType, self), np.int64)
        self.address = self.struct.ctypes.data
        return self

    def __getattr__(self, name: str) -> np.ndarray:
        try:
            matrix, row = _WHERE[name]
        except KeyError:
            raise AttributeError(f"villages have no column {name!r}") from None
        return np.asarray(getattr(self, matrix)[row])

    def copy(self) -> Villages:
        """The same columns in memory of their own."""
        return Villages(0).hold(self.real.copy(), self.whole.copy(), self.id.copy())

    def __reduce__(self) -> Any:
        return _again, (self.real, self.whole, self.id)


def _again(real: np.ndarray, whole: np.ndarray, ids: np.ndarray) -> Villages:
    return Villages(0).hold(real, whole, ids)


class Society:
    """A block of runs: everything that a rule may read or write. Members and shapes are listed in MEMBERS."""

    __slots__ = ("address", "struct", *MEMBERS)
    struct: Any
    address: int
    l: Any  # noqa: E741  (a slot like the others; named here for the type checker, which reads `l` as a type's own name)

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


class SocietyType(_Known):
    """How Numba knows `Society`."""


VILLAGES = VillagesType(name="Villages")
SOCIETY = SocietyType(name="Society")
Villages._numba_type_ = VILLAGES  # type: ignore[attr-defined]  # spares a look-up at every call
Society._numba_type_ = SOCIETY  # type: ignore[attr-defined]
_COLUMNS = {
    "real": types.Array(types.float64, 2, "C"),
    "whole": types.Array(types.int64, 2, "C"),
    "id": types.Array(types.uint64, 1, "C"),
}
_ROW = {"real": types.Array(types.float64, 1, "C"), "whole": types.Array(types.int64, 1, "C")}


def _member_types() -> dict[str, Any]:
    real, whole = types.float64, types.int64
    found: dict[str, Any] = {"v": VILLAGES}
    for name, dtype in RECORDS.items():
        found[name] = types.Array(from_dtype(np.dtype(dtype)), 1, "C")
    found |= {name: types.Array(real, ndim, "C") for name, ndim in REALS.items()}
    found |= {name: types.Array(whole, ndim, "C") for name, ndim in WHOLES.items()}
    found["industry_key"] = types.Array(types.uint64, 1, "C")
    return {name: found[name] for name in MEMBERS}


_FIELDS = {VillagesType: _COLUMNS, SocietyType: _member_types()}
_DTYPES = {
    name: as_dtype(kind.dtype)
    for fields in _FIELDS.values()
    for name, kind in fields.items()
    if kind != VILLAGES
}


@typeof_impl.register(Villages)
def _typeof_villages(value: Villages, context: Any) -> VillagesType:
    return VILLAGES


@typeof_impl.register(Society)
def _typeof_society(value: Society, context: Any) -> SocietyType:
    return SOCIETY


@register_model(VillagesType)
@register_model(SocietyType)
class _Model(models.PrimitiveModel):
    """The address of the struct that the object has laid out. Handing a hundred arrays from function to function would cost most of
    the compiling. Arrays are only borrowed: the caller in Python owns them, so compiled code counts no references."""

    def __init__(self, manager: Any, kind: _Known) -> None:
        super().__init__(manager, kind, ir.IntType(64).as_pointer())


def _layout(kind: type[_Known], value: Any) -> list[int]:
    """The struct of a value in memory, word by word: for each array no owner, no parent, size, item size, address, shape, strides."""
    words: list[int] = []
    for name, member in _FIELDS[kind].items():
        array = getattr(value, name)
        if member == VILLAGES:
            words += _layout(VillagesType, array)
            continue
        if (
            array.ndim != member.ndim
            or array.dtype != _DTYPES[name]
            or not array.flags.c_contiguous
        ):
            raise TypeError(
                f"{name}: an array of {array.ndim} dimensions of {array.dtype} is not {member}"
            )
        words += [0, 0, array.size, array.itemsize, array.ctypes.data, *array.shape, *array.strides]
    return words


@unbox(VillagesType)
@unbox(SocietyType)
def _unbox(kind: _Known, obj: Any, c: Any) -> NativeValue:
    """Read the struct that the object has laid out: one look-up, where taking each array by itself would cost microseconds."""
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
        if name == "id":
            return _COLUMNS["id"]
        return _ROW[_WHERE[name][0]] if name in _WHERE else None


def _words(kind: type[_Known], name: str) -> int:
    """Where in the struct a member begins, in words of eight bytes."""
    at = 0
    for other, member in _FIELDS[kind].items():
        if other == name:
            return at
        at += (
            sum(map(_array_words, _COLUMNS.values()))
            if member == VILLAGES
            else _array_words(member)
        )
    raise KeyError(name)


def _array_words(kind: Any) -> int:
    return 5 + 2 * int(kind.ndim)


def _load(builder: Any, place: Any, word: int, pointer: Any = None) -> Any:
    """A word of the struct. No rule changes the struct itself, and LLVM is told so: it need not read the word again after every store."""
    at = builder.gep(place, [ir.Constant(ir.IntType(64), word)])
    found = builder.load(builder.bitcast(at, pointer.as_pointer()) if pointer else at)
    found.set_metadata("invariant.load", builder.module.add_metadata([]))
    return found


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
    if member == VILLAGES:
        return builder.gep(value, [ir.Constant(ir.IntType(64), word)])
    return _array(context, builder, member, value, word)


@lower_getattr_generic(VillagesType)
def _column(context: Any, builder: Any, kind: VillagesType, value: Any, name: str) -> Any:
    if name == "id":
        return _array(context, builder, _COLUMNS["id"], value, _words(VillagesType, "id"))
    which, row = _WHERE[name]
    word = _words(VillagesType, which)
    column = make_array(_ROW[which])(context, builder)
    (_, length) = _shape(builder, value, word, _COLUMNS[which])
    start = builder.mul(length, context.get_constant(types.intp, row))
    itemsize = context.get_constant(types.intp, 8)
    data = builder.gep(_load(builder, value, word + 4, column.data.type), [start])
    _fill(builder, column, data, [length], [itemsize], itemsize)
    return column._getvalue()
