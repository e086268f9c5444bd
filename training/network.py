"""The layers as `intake.pii.model` runs them: an ONNX graph in eight-bit integers.

Weights have seven bits (a scale for each output), so that no processor's instructions overflow; what goes from layer
to layer has eight, with one scale that holds all but one in ten thousand of the values met in training.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, TensorProto, helper, numpy_helper

Floats = npt.NDArray[np.float32]

_WEIGHT = 63  # the largest weight
_KEPT = 99.99  # percent of the values
_SAMPLE = 2_000_000  # values looked at for a scale


class Layer(NamedTuple):
    """A convolution `weights` [out, in, width] and `bias` [out], and what it was seen to give, ReLU included."""

    weights: Floats
    bias: Floats
    dilation: int
    given: Floats  # the values behind the ReLU
    summed: Floats | None  # with what went in added; None where it is not


class _Graph:
    def __init__(self) -> None:
        self.nodes: list[object] = []
        self.values: list[object] = []

    def value(self, name: str, array: npt.ArrayLike, kind: type) -> str:
        self.values.append(numpy_helper.from_array(np.asarray(array, kind), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], domain=domain, **attributes))
        return output

    def quantum(self, name: str, values: Floats) -> tuple[str, str, float]:
        """Names of scale and zero point for values that are never negative, and the scale."""
        scale = _top(values) / 255
        return self.value(f"{name}_scale", scale, np.float32), self.value(f"{name}_zero", 0, np.uint8), scale


def _top(values: Floats) -> float:
    flat = np.abs(values).ravel()
    some = flat if flat.size <= _SAMPLE else np.random.default_rng(0).choice(flat, _SAMPLE)  # of all channels
    return max(float(np.percentile(some, _KEPT)), 1e-6)


def _weights(weights: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """[out, …] as integers, and the scale of each output."""
    scale = np.maximum(np.abs(weights.reshape(len(weights), -1)).max(axis=1) / _WEIGHT, 1e-8).astype(np.float32)
    return np.rint(weights / scale.reshape(-1, *[1] * (weights.ndim - 1))).astype(np.int8), scale


def graph(embedded: Floats, layers: Sequence[Layer], out: Floats, bias: Floats) -> bytes:
    """The graph from `x` [tokens, D] to `scores` [tokens, labels]; `embedded` are values of x, out is [H, labels]."""
    made = _Graph()
    scale = _top(embedded) / 127
    q = made.value("x_scale", scale, np.float32), made.value("x_zero", 128, np.uint8), scale
    axis = made.value("axis", [0], np.int64)
    made.node("QuantizeLinear", ["x", q[0], q[1]], "x_q")
    made.node("Transpose", ["x_q"], "x_t", perm=[1, 0])
    at = made.node("Unsqueeze", ["x_t", axis], "layer")
    for n, layer in enumerate(layers):
        weights, scales = _weights(layer.weights)
        given = made.quantum(f"given{n}", layer.given)
        side = layer.weights.shape[2] // 2 * layer.dilation
        inputs = [
            at, q[0], q[1],
            made.value(f"w{n}", weights, np.int8), made.value(f"w{n}_scale", scales, np.float32),
            made.value(f"w{n}_zero", np.zeros(len(scales)), np.int8), given[0], given[1],
            made.value(f"bias{n}", np.rint(layer.bias / (scales * q[2])), np.int32),
        ]  # fmt: skip
        shape = {"kernel_shape": [layer.weights.shape[2]], "dilations": [layer.dilation], "pads": [side, side]}
        new = made.node("QLinearConv", inputs, f"conv{n}", **shape)
        if layer.summed is not None:
            total = made.quantum(f"sum{n}", layer.summed)
            both = [new, *given[:2], at, *q[:2], *total[:2]]
            new, given = made.node("QLinearAdd", both, f"add{n}", domain="com.microsoft"), total
        at, q = new, given
    made.node("Squeeze", [at, axis], "last")
    made.node("Transpose", ["last"], "last_t", perm=[1, 0])
    weights, scales = _weights(out.T)
    made.node("MatMulInteger", ["last_t", made.value("out", weights.T, np.int8)], "out_i")
    made.node("Cast", ["out_i"], "out_f", to=TensorProto.FLOAT)
    made.node("Mul", ["out_f", made.value("out_scale", scales * q[2], np.float32)], "out_m")
    made.node("Add", ["out_m", made.value("out_bias", bias, np.float32)], "scores")
    return _model(made, embedded.shape[1], len(bias)).SerializeToString()


def _model(made: _Graph, size: int, labels: int) -> ModelProto:
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["tokens", width])]
        for name, width in (("x", size), ("scores", labels))
    ]
    whole = helper.make_graph(made.nodes, "tagger", *ends, made.values)
    sets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(whole, opset_imports=sets, ir_version=9, producer_name="make train")
