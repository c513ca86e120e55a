"""Vectors, told to numba: pixels side by side, where the time of the selection goes.

LLVM's vector types exist on every processor; numba only has to be told of them. ``Vector`` is a
numba type that is kept in LLVM as ``<WIDTH x float>``, ``<WIDTH x double>`` or ``<WIDTH x i32>``,
and each intrinsic below emits what its docstring says. LLVM makes of them what the processor has;
that two squares of int16 are added in one instruction, and that eight records are transposed in
registers, is what loops are not compiled to. Only ``chunk`` and ``abreast`` call them.
"""

from collections.abc import Callable, Iterable
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

WIDTH = 16 if llvmlite.binding.get_host_cpu_features().get("avx512f") else 8
"""Lanes of a vector: what a register holds, or two of them on processors with short ones."""

_SHORT, _WORD, _INDEX = ir.IntType(16), ir.IntType(32), ir.IntType(64)
_ELEMENTS = {"float32": ir.FloatType(), "float64": ir.DoubleType(), "uint32": _WORD}
_SUFFIXES = {"float32": f"v{WIDTH}f32", "float64": f"v{WIDTH}f64"}
_EIGHT, _RECORD = ir.VectorType(_SHORT, 8), ir.VectorType(_WORD, 4)
_PAIRS = ir.VectorType(_SHORT, 2 * WIDTH)


class Vector(types.Type):
    """``WIDTH`` numbers of one type; uint32 words also count as pairs of int16."""

    def __init__(self, element: str) -> None:
        self.element = element
        super().__init__(name=f"{element}x{WIDTH}")


_floats, _doubles, _words = Vector("float32"), Vector("float64"), Vector("uint32")
_OF_ARRAY = {types.float32: _floats, types.float64: _doubles, types.uint32: _words}


def _emitted(define: Callable[..., Any]) -> Any:
    """Make an intrinsic, which is called without the first argument of its definition."""
    return intrinsic(define)


def _llvm(kind: Vector) -> ir.VectorType:
    return ir.VectorType(_ELEMENTS[kind.element], WIDTH)


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _llvm(kind))


def _pointer(context: Any, builder: Any, kind: Any, array: Any, index: Any, to: Any) -> Any:
    """Return the address of an element of a flat array, as one of the LLVM type ``to``."""
    data = context.make_array(kind)(context, builder, array).data
    place = ir.Constant(_INDEX, index) if isinstance(index, int) else index
    return builder.bitcast(builder.gep(data, [place]), to.as_pointer())


def _fixed(places: Iterable[int]) -> Any:
    """Return the mask of a shuffle."""
    whole = list(places)
    return ir.Constant(ir.VectorType(_WORD, len(whole)), whole)


@_emitted
def load(typing: Any, array: Any, index: Any) -> Any:  # noqa: ARG001 - numba passes it
    """Return the vector that begins at element ``index`` of a flat array."""
    kind = _OF_ARRAY[array.dtype]

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], *args, _llvm(kind))
        return builder.load(pointer, align=4)

    return kind(array, types.uint64), emit


@_emitted
def store(typing: Any, array: Any, index: Any, value: Any) -> Any:  # noqa: ARG001
    """Write a vector from element ``index`` of a flat array on."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], *args[:2], _llvm(value))
        builder.store(args[2], pointer, align=4)
        return context.get_dummy_value()

    return types.void(array, types.uint64, value), emit


def _call(name: str, kind: Any, count: int) -> Callable[..., Any]:
    """Return the emitter of a call of an LLVM function on ``count`` vectors."""

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        function = ir.FunctionType(kind, [kind] * count)
        return builder.call(cgutils.get_or_insert_function(builder.module, function, name), args)

    return emit


@_emitted
def add(typing: Any, a: Any, b: Any) -> Any:  # noqa: ARG001
    """Return a + b."""
    whole = a.element == "uint32"

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.add(*args) if whole else builder.fadd(*args)

    return a(a, b), emit


@_emitted
def mul(typing: Any, a: Any, b: Any) -> Any:  # noqa: ARG001
    """Return a * b."""
    return a(a, b), lambda _c, builder, _s, args: builder.fmul(*args)


@_emitted
def fma(typing: Any, a: Any, b: Any, c: Any) -> Any:  # noqa: ARG001
    """Return a * b + c, rounded once."""
    return a(a, b, c), _call(f"llvm.fma.{_SUFFIXES[a.element]}", _llvm(a), 3)


@_emitted
def sqrt(typing: Any, a: Any) -> Any:  # noqa: ARG001
    """Return the square root."""
    return a(a), _call(f"llvm.sqrt.{_SUFFIXES[a.element]}", _llvm(a), 1)


@_emitted
def where_less(typing: Any, a: Any, b: Any, x: Any, y: Any) -> Any:  # noqa: ARG001
    """Return x where a < b, else y."""

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", *args[:2]), *args[2:])

    return x(a, b, x, y), emit


@_emitted
def everywhere(typing: Any, value: Any) -> Any:  # noqa: ARG001
    """Return a float32 number in all lanes."""

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        one = builder.insert_element(_llvm(_floats)(ir.Undefined), args[0], _WORD(0))
        return builder.shuffle_vector(one, one, _fixed([0] * WIDTH))

    return _floats(types.float32), emit


@_emitted
def to_floats(typing: Any, words: Any) -> Any:  # noqa: ARG001
    """Return signed words as float32."""
    return _floats(words), lambda _c, builder, _s, args: builder.sitofp(args[0], _llvm(_floats))


@_emitted
def to_doubles(typing: Any, vector: Any) -> Any:  # noqa: ARG001
    """Return signed words, or float32 numbers, as float64."""
    whole = vector.element == "uint32"

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return (builder.sitofp if whole else builder.fpext)(args[0], _llvm(_doubles))

    return _doubles(vector), emit


def _of_pairs(name: str) -> Callable[..., Any]:
    """Return the emitter of a call of an LLVM function on two vectors of pairs of int16."""
    call = _call(f"llvm.{name}.v{2 * WIDTH}i16", _PAIRS, 2)

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pairs = [builder.bitcast(vector, _PAIRS) for vector in args]
        return builder.bitcast(call(context, builder, signature, pairs), _llvm(_words))

    return emit


@_emitted
def pair_lower(typing: Any, a: Any, b: Any) -> Any:  # noqa: ARG001
    """Return the smaller int16 of each."""
    return _words(a, b), _of_pairs("smin")


@_emitted
def pair_upper(typing: Any, a: Any, b: Any) -> Any:  # noqa: ARG001
    """Return the larger int16 of each."""
    return _words(a, b), _of_pairs("smax")


@_emitted
def pair_range(typing: Any, a: Any, b: Any) -> Any:  # noqa: ARG001
    """Return the int16 a - b of each, 32767 where it is more."""
    return _words(a, b), _of_pairs("ssub.sat")


@_emitted
def pair_step(typing: Any, a: Any, b: Any) -> Any:  # noqa: ARG001
    """Return the int16 a - b of each."""

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        pairs = [builder.bitcast(vector, _PAIRS) for vector in args]
        return builder.bitcast(builder.sub(*pairs), _llvm(_words))

    return _words(a, b), emit


@_emitted
def pair_squares(typing: Any, words: Any) -> Any:  # noqa: ARG001
    """Return the sum of the two squares of each pair of int16."""

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        whole = builder.sext(builder.bitcast(args[0], _PAIRS), ir.VectorType(_WORD, 2 * WIDTH))
        square = builder.mul(whole, whole)
        low, high = (
            builder.shuffle_vector(square, square, _fixed(range(k, 2 * WIDTH, 2))) for k in (0, 1)
        )
        return builder.add(low, high)

    return _words(words), emit


def _transposed(builder: Any, rows: list[Any], block: int, run: int = 1) -> list[Any]:
    """Return the columns of a matrix, or of several side by side, of ``block`` columns each."""
    if len(rows) == 1:
        return rows
    size = rows[0].type.count
    halves = []
    for half in (0, block // 2):
        places = [
            which + first + half + k
            for first in range(0, size, block)
            for start in range(0, block // 2, run)
            for which in (start, size + start)
            for k in range(run)
        ]
        pairs = zip(rows[::2], rows[1::2], strict=True)
        halves.append([builder.shuffle_vector(a, b, _fixed(places)) for a, b in pairs])
    return [column for part in halves for column in _transposed(builder, part, block, 2 * run)]


@_emitted
def write_records(
    typing: Any,  # noqa: ARG001
    planes: Any,
    rows: Any,
    pixel: Any,  # noqa: ARG001
    number: Any,  # noqa: ARG001
    records: Any,
    ends: Any,
) -> Any:
    """Write one record of eight int16 for each of eight pixels from ``pixel`` on.

    ``planes`` is flat int16; ``rows`` uint64[8] tells where each band begins in it. ``number``
    takes the place of the sixth. The record of pixel p begins at word ``ends[p]`` of ``records``.
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def at(k: int, index: Any, to: Any) -> Any:
            return _pointer(context, builder, signature.args[k], args[k], index, to)

        values = []
        for k in range(8):
            place = builder.add(builder.load(at(1, k, _INDEX)), args[2])
            values.append(builder.load(at(0, place, _EIGHT), align=2))
        one = builder.insert_element(values[5], args[3], _WORD(0))
        values[5] = builder.shuffle_vector(one, one, _fixed([0] * 8))
        for k, record in enumerate(_transposed(builder, values, 8)):
            end = builder.load(at(5, builder.add(args[2], _INDEX(k)), _WORD))
            builder.store(record, at(4, builder.zext(end, _INDEX), _EIGHT), align=4)
        return context.get_dummy_value()

    return types.void(planes, rows, types.uint64, types.int16, records, ends), emit


@_emitted
def line_up(
    typing: Any,  # noqa: ARG001
    records: Any,
    starts: Any,
    offset: Any,  # noqa: ARG001
    words: Any,
    to: Any,  # noqa: ARG001
) -> Any:
    """Write the records of ``WIDTH`` pixels as four vectors of pairs, without their numbers.

    ``records`` and ``words`` are flat uint32; the record of lane l begins ``offset`` after
    ``starts[l]``, and the vectors begin at ``to``.
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def at(k: int, index: Any, to: Any) -> Any:
            return _pointer(context, builder, signature.args[k], args[k], index, to)

        values = []
        for lane in range(WIDTH):
            place = builder.add(builder.load(at(1, lane, _INDEX)), args[2])
            values.append(builder.load(at(0, place, _RECORD), align=4))
        # every fourth side by side, so that a transposed block of four has neighbouring lanes
        rows = [_joined(builder, values[k::4]) for k in range(4)]
        pairs = _transposed(builder, rows, 4)
        pairs[2] = builder.and_(pairs[2], ir.Constant(_llvm(_words), [0xFFFF] * WIDTH))
        for k, vector in enumerate(pairs):
            index = builder.add(args[4], _INDEX(k * WIDTH))
            builder.store(vector, at(3, index, _llvm(_words)), align=4)
        return context.get_dummy_value()

    return types.void(records, starts, types.uint64, words, types.uint64), emit


def _joined(builder: Any, parts: list[Any]) -> Any:
    """Return vectors one behind the other; their number is a power of two."""
    while len(parts) > 1:
        both = _fixed(range(2 * parts[0].type.count))
        pairs = zip(parts[::2], parts[1::2], strict=True)
        parts = [builder.shuffle_vector(a, b, both) for a, b in pairs]
    return parts[0]
