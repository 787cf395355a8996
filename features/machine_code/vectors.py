"""What `lanes` means to the compiler: vectors of eight floats, and the instructions for them."""

from __future__ import annotations

import operator
from typing import Any, Final

import numba
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

from features.machine_code import lanes

_VECTOR = ir.VectorType(ir.DoubleType(), lanes.WIDTH)
_BYTES = 8
_NEAR, _DATA = 3, 1
"""How near to the processor, and that it is no code: arguments of LLVM's prefetch."""


class _Lanes(numba.types.Type):  # type: ignore[misc]
    """The type of a vector."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


_LANES = _Lanes()


@register_model(_Lanes)
class _Model(models.PrimitiveModel):  # type: ignore[misc]
    """A vector is held as such."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


@intrinsic  # type: ignore[untyped-decorator]
def _fill(_typing: Any, _number: Any) -> Any:
    def generated(_context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        place = ir.IntType(32)
        one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), given[0], place(0))
        same = ir.Constant(ir.VectorType(place, lanes.WIDTH), [0] * lanes.WIDTH)
        return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), same)

    return _LANES(numba.float64), generated


@intrinsic  # type: ignore[untyped-decorator]
def _load(_typing: Any, numbers: Any, place: Any) -> Any:
    def generated(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.load(_pointer(context, builder, signature, given), align=_BYTES)

    return _LANES(numbers, place), generated


@intrinsic  # type: ignore[untyped-decorator]
def _store(_typing: Any, numbers: Any, place: Any, _held: Any) -> Any:
    def generated(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        builder.store(given[2], _pointer(context, builder, signature, given), align=_BYTES)
        return context.get_dummy_value()

    return numba.void(numbers, place, _LANES), generated


@intrinsic  # type: ignore[untyped-decorator]
def _fetch(_typing: Any, numbers: Any, place: Any) -> Any:
    def generated(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        whole, byte = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, whole, whole, whole])
        told = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        where = builder.bitcast(_pointer(context, builder, signature, given), byte)
        builder.call(told, [where, whole(0), whole(_NEAR), whole(_DATA)])
        return context.get_dummy_value()

    return numba.void(numbers, place), generated


def _pointer(context: Any, builder: Any, signature: Any, given: Any) -> Any:
    """The place in an array, as that of a vector."""
    array = context.make_array(signature.args[0])(context, builder, given[0])
    return builder.bitcast(builder.gep(array.data, [given[1]]), _VECTOR.as_pointer())


def _operator(function: Any, instruction: str) -> None:
    @intrinsic  # type: ignore[untyped-decorator]
    def both(_typing: Any, _left: Any, _right: Any) -> Any:
        def generated(_context: Any, builder: Any, _signature: Any, given: Any) -> Any:
            return getattr(builder, instruction)(given[0], given[1])

        return _LANES(_LANES, _LANES), generated

    def of_lanes(left, right):  # type: ignore[no-untyped-def]  # numba compares names and annotations
        return call if left == _LANES == right else None

    def call(left, right):  # type: ignore[no-untyped-def]
        return both(left, right)

    overload(function)(of_lanes)


for _function, _instruction in (
    *((operator.add, "fadd"), (operator.iadd, "fadd"), (operator.sub, "fsub")),
    *((operator.mul, "fmul"), (operator.imul, "fmul")),
):
    _operator(_function, _instruction)

NATIVE: Final[dict[Any, Any]] = {
    lanes.fill: _fill,
    lanes.load: _load,
    lanes.fetch: _fetch,
    lanes.store: _store,
}
"""What stands for a function of `lanes` in compiled loops."""
