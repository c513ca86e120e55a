"""Sums of distances with explicit vectors: the inner loop of the medoid, where its time goes.

The loop ``medoid.plain_sums`` says the same in plain numba. There LLVM loads the spectrum of
observation i again for every j; here its seven bands stay in registers, which halves the time of
the loop. LLVM's vector types exist on every processor; numba only has to be told of them:
``Vector`` is a numba type that is kept in LLVM as ``<WIDTH x float>``, and each ``@intrinsic``
below emits the one LLVM instruction that it is named after. Nothing else here knows of this.
"""

from collections.abc import Callable
from typing import Any

import llvmlite.binding
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

_FEATURES = llvmlite.binding.get_host_cpu_features()
WIDTH = 16 if _FEATURES.get("avx512f") else 8
FAST = bool(_FEATURES.get("fma") and _FEATURES.get("avx2"))
"""Whether this processor multiplies and adds vectors in one instruction; else they do not pay."""

_VECTOR = ir.VectorType(ir.FloatType(), WIDTH)
_FLOAT_BYTES = 4
Array = npt.NDArray[Any]


class Vector(types.Type):
    """``WIDTH`` numbers of float32."""

    def __init__(self) -> None:
        super().__init__(name=f"float32x{WIDTH}")


_vector = Vector()


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


def _pointer(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), _VECTOR.as_pointer())


@intrinsic
def load(typing: Any, array: Any, index: Any) -> Any:  # noqa: ARG001 - numba passes it
    """Return the vector that begins at element ``index`` of a flat float32 array."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], *args)
        return builder.load(pointer, align=_FLOAT_BYTES)

    return _vector(array, types.uint64), emit


@intrinsic
def store(typing: Any, array: Any, index: Any, value: Any) -> Any:  # noqa: ARG001
    """Write a vector from element ``index`` of a flat float32 array on."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], *args[:2])
        builder.store(args[2], pointer, align=_FLOAT_BYTES)
        return context.get_dummy_value()

    return types.void(array, types.uint64, _vector), emit


def _call(name: str, count: int) -> Callable[..., Any]:
    """Return the emitter of a call of an LLVM intrinsic on ``count`` vectors."""

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * count)
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{WIDTH}f32")
        return builder.call(function, args)

    return emit


@intrinsic
def add(typing: Any, a: Any, b: Any) -> Any:  # noqa: ARG001
    """Return a + b."""
    return _vector(_vector, _vector), lambda _c, builder, _s, args: builder.fadd(*args)


@intrinsic
def sub(typing: Any, a: Any, b: Any) -> Any:  # noqa: ARG001
    """Return a - b."""
    return _vector(_vector, _vector), lambda _c, builder, _s, args: builder.fsub(*args)


@intrinsic
def mul(typing: Any, a: Any, b: Any) -> Any:  # noqa: ARG001
    """Return a * b."""
    return _vector(_vector, _vector), lambda _c, builder, _s, args: builder.fmul(*args)


@intrinsic
def fma(typing: Any, a: Any, b: Any, c: Any) -> Any:  # noqa: ARG001
    """Return a * b + c, rounded once."""
    return _vector(_vector, _vector, _vector), _call("fma", 3)


@intrinsic
def sqrt(typing: Any, a: Any) -> Any:  # noqa: ARG001
    """Return the square root."""
    return _vector(_vector), _call("sqrt", 1)


@njit(nogil=True, cache=True)
def vector_sums(floats: Array, counts: Array) -> None:
    """Do what ``medoid.plain_sums`` does, as many lanes at a time as a vector has.

    ``counts`` ascends, so the last lane of a vector tells how many observations there are to visit.
    """
    flat = floats.reshape(floats.size)
    lanes = np.uint64(floats.shape[2])
    row = np.uint64(9) * lanes
    for left in range(0, len(counts), WIDTH):
        most = counts[left + WIDTH - 1]
        for i in range(most):
            p = np.uint64(i) * row + np.uint64(left)
            a0, a1 = load(flat, p), load(flat, p + lanes)
            a2, a3 = load(flat, p + np.uint64(2) * lanes), load(flat, p + np.uint64(3) * lanes)
            a4, a5 = load(flat, p + np.uint64(4) * lanes), load(flat, p + np.uint64(5) * lanes)
            a6, own = load(flat, p + np.uint64(6) * lanes), load(flat, p + np.uint64(8) * lanes)
            for j in range(i + 1, most):
                q = np.uint64(j) * row + np.uint64(left)
                step = sub(a0, load(flat, q))
                square = mul(step, step)
                step = sub(a1, load(flat, q + lanes))
                square = fma(step, step, square)
                step = sub(a2, load(flat, q + np.uint64(2) * lanes))
                square = fma(step, step, square)
                step = sub(a3, load(flat, q + np.uint64(3) * lanes))
                square = fma(step, step, square)
                step = sub(a4, load(flat, q + np.uint64(4) * lanes))
                square = fma(step, step, square)
                step = sub(a5, load(flat, q + np.uint64(5) * lanes))
                square = fma(step, step, square)
                step = sub(a6, load(flat, q + np.uint64(6) * lanes))
                distance = sqrt(fma(step, step, square))
                own = fma(distance, load(flat, q + np.uint64(7) * lanes), own)
                q += np.uint64(8) * lanes
                store(flat, q, add(load(flat, q), distance))
            store(flat, p + np.uint64(8) * lanes, own)
