"""Short vectors of small integers for the kernels: `LANES` at a time, in 8 or 16 bits.

Numba widens every scalar sum to 64 bits and leaves it to the compiler to find the
way back. Here each operation is spelled out as one LLVM vector instruction instead,
which becomes the best that the CPU has (SSE, AVX2, AVX-512, NEON). All operations are
on unsigned integers and wrap unless they say otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

LANES = 32
"""Numbers in one vector; rows of disparities are padded to a multiple of it."""

_INDEX = ir.IntType(32)


class LanesType(types.Type):  # type: ignore[misc]
    """Numba's type of a vector of `LANES` unsigned integers of `bits` bits."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        super().__init__(name=f"Lanes{LANES}x{bits}")


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, lanes: LanesType) -> None:
        vector = ir.VectorType(ir.IntType(lanes.bits), LANES)
        super().__init__(manager, lanes, vector)


def _operation(define: Callable[..., Any]) -> Any:
    """Let kernels call what `define` gives the type and the code of."""
    return intrinsic(define)


def _of(array: Any) -> LanesType:
    return LanesType(array.dtype.bitwidth)


def _address(context: Any, builder: Any, array_type: Any, array: Any, at: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    lanes = context.get_value_type(_of(array_type))
    return builder.bitcast(builder.gep(data, [at]), lanes.as_pointer())


def _call(builder: Any, name: str, arguments: Any, result: Any = None) -> Any:
    """Call the LLVM intrinsic `name`, overloaded on the type of its arguments."""
    lanes = arguments[0].type
    signature = ir.FunctionType(result or lanes, [lanes] * len(arguments))
    full_name = f"llvm.{name}.v{LANES}i{lanes.element.width}"
    declare: Any = cgutils.get_or_insert_function
    return builder.call(declare(builder.module, signature, full_name), arguments)


@_operation
def load(typing_context: Any, array: Any, at: Any) -> Any:
    """Return ``array[at : at + LANES]`` of a flat array; nothing checks the bounds."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = builder.load(_address(context, builder, array, *arguments))
        lanes.align = array.dtype.bitwidth // 8
        return lanes

    return _of(array)(array, types.intp), generate


@_operation
def store(typing_context: Any, array: Any, at: Any, lanes: Any) -> Any:
    """Write ``array[at : at + LANES]`` of a flat array; nothing checks the bounds."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        written = builder.store(
            arguments[2], _address(context, builder, array, arguments[0], arguments[1])
        )
        written.align = array.dtype.bitwidth // 8
        return context.get_dummy_value()

    return types.none(array, types.intp, lanes), generate


@_operation
def splat(typing_context: Any, array: Any, number: Any) -> Any:
    """Return `number` in every lane, in the dtype of `array`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = context.get_value_type(_of(array))
        element = context.cast(builder, arguments[1], number, array.dtype)
        undefined = ir.Constant(lanes, ir.Undefined)
        first = builder.insert_element(undefined, element, ir.Constant(_INDEX, 0))
        everywhere = ir.Constant(ir.VectorType(_INDEX, LANES), [0] * LANES)
        return builder.shuffle_vector(first, undefined, everywhere)

    return _of(array)(array, number), generate


@_operation
def ramp(typing_context: Any, array: Any) -> Any:
    """Return 0, 1, 2, … in the dtype of `array`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return ir.Constant(context.get_value_type(_of(array)), list(range(LANES)))

    return _of(array)(array), generate


@_operation
def widen(typing_context: Any, lanes: Any, array: Any) -> Any:
    """Return the same numbers in the dtype of `array`, which has at least as many bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if array.dtype.bitwidth == lanes.bits:
            return arguments[0]
        return builder.zext(arguments[0], context.get_value_type(_of(array)))

    return _of(array)(lanes, array), generate


@_operation
def lowest(typing_context: Any, lanes: Any) -> Any:
    """Return the smallest of the numbers, as a scalar of 64 bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        element = ir.IntType(lanes.bits)
        smallest = _call(builder, "vector.reduce.umin", arguments, element)
        return builder.zext(smallest, ir.IntType(64))

    return types.int64(lanes), generate


def _binary(emit: Callable[..., Any], bits: int | None = None) -> Any:
    """Return an operation on two vectors; `bits` of its result if not those of the operands."""

    def operation(typing_context: Any, a: Any, b: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return emit(builder, *arguments)

        return (a if bits is None else LanesType(bits))(a, b), generate

    return _operation(operation)


add = _binary(lambda builder, a, b: builder.add(a, b))
add_saturated = _binary(lambda builder, a, b: _call(builder, "uadd.sat", [a, b]))
subtract = _binary(lambda builder, a, b: builder.sub(a, b))
shift_right = _binary(lambda builder, a, b: builder.lshr(a, b))
xor = _binary(lambda builder, a, b: builder.xor(a, b))
minimum = _binary(lambda builder, a, b: builder.select(builder.icmp_unsigned("<", a, b), a, b))
less = _binary(lambda builder, a, b: builder.icmp_unsigned("<", a, b), bits=1)


@_operation
def popcount(typing_context: Any, lanes: Any) -> Any:
    """Return the number of one bits of each lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _call(builder, "ctpop", arguments)

    return lanes(lanes), generate


@_operation
def pick(typing_context: Any, mask: Any, a: Any, b: Any) -> Any:
    """Return a where `mask` (of :func:`less`) is set, else b."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(*arguments)

    return a(mask, a, b), generate
