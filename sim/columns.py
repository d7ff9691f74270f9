"""What a rule is given: `Society`, with villages as columns, read by name in Python and in compiled rules alike.

`w.v.capacity[i]` is one cell of a row of a matrix. A tuple of sixty arrays would say the same, but Numba spends a second on
each function that takes one, and milliseconds on each call; these two small types pass their arrays as one value.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import NativeValue, models, register_model, typeof_impl, unbox
from numba.np.arrayobj import make_array, populate_array
from numba.np.numpy_support import from_dtype

from sim.society import MEMBERS, REALS, RECORDS, VILLAGE, WHOLES

REAL = tuple(v.name for v in VILLAGE if v.dtype == "f8")
WHOLE = tuple(v.name for v in VILLAGE if v.dtype == "i8")
NAMES = tuple(v.name for v in VILLAGE)
_WHERE = {name: ("real", row) for row, name in enumerate(REAL)} | {name: ("whole", row) for row, name in enumerate(WHOLE)}


class Villages:
    """Columns of villages. `real` (columns, n) float64, `whole` (columns, n) int64, `id` (n,) uint64."""

    __slots__ = ("id", "real", "whole")

    def __init__(self, rows: int) -> None:
        self.real = np.zeros((len(REAL), rows))
        self.whole = np.zeros((len(WHOLE), rows), np.int64)
        self.id = np.zeros(rows, np.uint64)

    def __getattr__(self, name: str) -> np.ndarray:
        try:
            matrix, row = _WHERE[name]
        except KeyError:
            raise AttributeError(f"villages have no column {name!r}") from None
        return np.asarray(getattr(self, matrix)[row])

    def copy(self) -> Villages:
        """The same columns in memory of their own."""
        twin = Villages(0)
        twin.real, twin.whole, twin.id = self.real.copy(), self.whole.copy(), self.id.copy()
        return twin

    def __reduce__(self) -> Any:
        return _again, (self.real, self.whole, self.id)


def _again(real: np.ndarray, whole: np.ndarray, ids: np.ndarray) -> Villages:
    villages = Villages(0)
    villages.real, villages.whole, villages.id = real, whole, ids
    return villages


class Society:
    """A block of runs: everything that a rule may read or write. Members and shapes are listed in MEMBERS."""

    __slots__ = tuple(MEMBERS)
    l: Any  # noqa: E741  (a slot like the others; named here for the type checker, which reads `l` as a type's own name)

    def __init__(self, **members: Any) -> None:
        for name in MEMBERS:
            setattr(self, name, members[name])

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


@typeof_impl.register(Villages)
def _typeof_villages(value: Villages, context: Any) -> VillagesType:
    return VILLAGES


@typeof_impl.register(Society)
def _typeof_society(value: Society, context: Any) -> SocietyType:
    return SOCIETY


@register_model(VillagesType)
@register_model(SocietyType)
class _Model(models.StructModel):
    """A plain struct of arrays that are only borrowed: the caller in Python owns them, so compiled code counts no references."""

    def __init__(self, manager: Any, kind: _Known) -> None:
        super().__init__(manager, kind, list(_FIELDS[type(kind)].items()))

    def traverse(self, builder: Any) -> list[Any]:
        return []

    def has_nrt_meminfo(self) -> bool:
        return False

    def get_nrt_meminfo(self, builder: Any, value: Any) -> None:
        return None


@unbox(VillagesType)
@unbox(SocietyType)
def _unbox(kind: _Known, obj: Any, c: Any) -> NativeValue:
    native = cgutils.create_struct_proxy(kind)(c.context, c.builder)
    failed = cgutils.alloca_once_value(c.builder, cgutils.false_bit)
    taken = []
    for name, member in _FIELDS[type(kind)].items():
        field = c.pyapi.object_getattr_string(obj, name)
        value = c.unbox(member, field)
        setattr(native, name, value.value)
        taken.append((member, value))
        c.pyapi.decref(field)
        with c.builder.if_then(value.is_error):
            c.builder.store(cgutils.true_bit, failed)

    def give_back() -> None:
        for member, value in taken:
            if value.cleanup is not None:
                value.cleanup()
            c.context.nrt.decref(c.builder, member, value.value)

    return NativeValue(native._getvalue(), is_error=c.builder.load(failed), cleanup=give_back)


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


def _borrowed(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """An array that owns nothing, so that reading a column costs no counting."""
    array = make_array(kind)(context, builder, value=value)
    array.meminfo = cgutils.get_null_value(array.meminfo.type)
    array.parent = cgutils.get_null_value(array.parent.type)
    return array._getvalue()


@lower_getattr_generic(SocietyType)
def _member(context: Any, builder: Any, kind: SocietyType, value: Any, name: str) -> Any:
    native = cgutils.create_struct_proxy(kind)(context, builder, value=value)
    member = _FIELDS[SocietyType][name]
    return getattr(native, name) if member == VILLAGES else _borrowed(context, builder, member, getattr(native, name))


@lower_getattr_generic(VillagesType)
def _column(context: Any, builder: Any, kind: VillagesType, value: Any, name: str) -> Any:
    native = cgutils.create_struct_proxy(kind)(context, builder, value=value)
    if name == "id":
        return _borrowed(context, builder, _COLUMNS["id"], native.id)
    which, row = _WHERE[name]
    matrix = make_array(_COLUMNS[which])(context, builder, value=getattr(native, which))
    length = builder.extract_value(matrix.shape, 1)
    start = builder.mul(length, context.get_constant(types.intp, row))
    column = make_array(_ROW[which])(context, builder)
    populate_array(
        column,
        data=builder.gep(matrix.data, [start]),
        shape=cgutils.pack_array(builder, [length]),
        strides=cgutils.pack_array(builder, [matrix.itemsize]),
        itemsize=matrix.itemsize,
        meminfo=None,
    )
    return column._getvalue()
