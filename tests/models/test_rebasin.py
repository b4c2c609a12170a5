"""Git Re-Basin's four hand-written specifications, found without them."""

from __future__ import annotations

import math

import pytest

from critcount.models import Symmetry, layers
from critcount.models.program import Program
from tests.oracles import rebasin_specifications as oracle


class Net:
    """A program of convolutions (no bias), norms with a gain, and dense layers."""

    def __init__(self, *shape):
        self.p = Program()
        self.x = self.p.input(shape)

    def conv(self, name, x, width, size=3, stride=1):
        p = self.p
        _, channels, *image = p.shapes[x]
        w = p.parameter(name, (width, channels, size, size))
        y = layers.conv(p, x, w, None, 1, (1, width, *(n // stride for n in image)))
        return layers.channel(p, [y], [p.parameter(f"{name}.norm", (width,))], "affine")

    def relu(self, x):
        return self.p.combine([x], "homogeneous relu")

    def dense(self, name, x, width):
        w = self.p.parameter(name, (width, self.p.shapes[x][-1]))
        return layers.linear(self.p, x, w, self.p.parameter(f"{name}.bias", (width,)))

    def symmetry(self, y):
        self.p.outputs.append(y)
        return Symmetry.of_program(self.p)


def mlp():
    net = Net(1, 784)
    x = net.x
    for k in range(3):
        x = net.relu(net.dense(f"dense{k}", x, 512))
    return net.symmetry(net.dense("dense3", x, 10))


def vgg16():
    net = Net(1, 3, 32, 32)
    x = net.x
    for k, width in enumerate(oracle.VGG16):
        x = net.relu(net.conv(f"conv{k}", x, width))
        if k in (1, 3, 6, 9, 12):
            shape = net.p.shapes[x]
            x = layers.pool(net.p, x, (1, width, shape[2] // 2, shape[3] // 2), 2)
    x = net.p.reshape(x, (1, oracle.VGG16[-1]))
    for k, width in enumerate(oracle.DENSE):
        x = net.dense(f"dense{k}", net.relu(x) if k else x, width)
    return net.symmetry(x)


def resnet(stages, bottleneck):
    net = Net(1, 3, 32, 32)
    x = net.relu(net.conv("stem", net.x, stages[0][1]))
    for s, (blocks, inner, stream) in enumerate(stages):
        for b in range(blocks):
            name, y = f"stage{s}.block{b}", x
            stride = 2 if s and not b else 1
            widths = [inner, inner, stream] if bottleneck else [inner, stream]
            for k, width in enumerate(widths):
                size = 1 if bottleneck and k != 1 else 3
                y = net.conv(f"{name}.conv{k}", y if not k else net.relu(y), width, size, stride)
                stride = 1
            if net.p.shapes[x] != net.p.shapes[y]:
                x = net.conv(f"{name}.shortcut", x, stream, 1, 2 if s else 1)
            x = net.relu(net.p.combine([x, y], "add"))
    x = net.p.reshape(net.p.reduce(x, [2, 3], "sum"), (1, stages[-1][2]))
    return net.symmetry(net.dense("dense", x, 10))


MODELS = {
    "MLP": (mlp, oracle.mlp()),
    "VGG16": (vgg16, oracle.vgg16()),
    "ResNet20": (lambda: resnet(oracle.RESNET20, False), oracle.resnet(oracle.RESNET20, False)),
    "ResNet50": (lambda: resnet(oracle.RESNET50, True), oracle.resnet(oracle.RESNET50, True)),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_specification_is_found(name):
    build, specification = MODELS[name]
    symmetry = build()
    assert symmetry.gaps == ()
    assert set(symmetry.program.parameters) == set(specification)
    found = {
        frozenset((tensor, axis) for tensor, axes in family.parameters for axis in axes)
        for family in symmetry.families
    }
    expected = oracle.tied(specification)
    assert found == expected
    shapes = {n: symmetry.program.shapes[k] for n, k in symmetry.program.parameters.items()}
    widths = [shapes[tensor][axis] for tensor, axis in map(min, expected)]
    assert sorted(symmetry.factors.elements()) == sorted(widths)
    assert symmetry.log10 == pytest.approx(
        sum(math.lgamma(n + 1) for n in widths) / math.log(10), rel=1e-12
    )
