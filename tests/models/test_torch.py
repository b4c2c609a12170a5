"""Torch modules; runs where torch is installed."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from critcount.models import Symmetry

torch = pytest.importorskip("torch")


class Block(torch.nn.Module):
    """A residual block that writes into its tensors, or does not."""

    def __init__(self, in_place):
        super().__init__()
        self.a = torch.nn.Conv2d(2, 5, 3, padding=1)
        self.norm = torch.nn.BatchNorm2d(5)
        self.b = torch.nn.Conv2d(5, 5, 3, padding=1)
        self.act = torch.nn.ReLU(inplace=in_place)
        self.drop = torch.nn.Dropout(inplace=in_place)
        self.out = torch.nn.Linear(5, 2)
        self.in_place = in_place

    def forward(self, x):
        h = self.act(self.norm(self.a(x)))
        g = self.b(h)
        if self.in_place:
            g += h
        else:
            g = g + h
        return self.out(self.drop(self.act(g)).mean((2, 3)))


@pytest.mark.parametrize("in_place", [True, False])
def test_writing_in_place_changes_nothing(in_place):
    torch.manual_seed(0)
    model = Block(in_place).eval()
    x = torch.randn(1, 2, 6, 6)
    s = Symmetry.from_torch(model, (x,))
    assert s.order == math.factorial(5)
    assert not s.gaps
    got = s.run(s.weights, [x.double().numpy()])[0]
    assert np.allclose(got, model.double()(x.double()).detach().numpy(), rtol=1e-12)
    assert s.prove(np.random.default_rng(0)).holds


class Viewed(torch.nn.Module):
    """Half of a layer's units are written through a view, and the layer is read afterwards."""

    def __init__(self):
        super().__init__()
        self.a = torch.nn.Linear(3, 6)
        self.out = torch.nn.Linear(6, 2)

    def forward(self, x):
        h = self.a(x)
        h[:, :2].relu_()
        return self.out(h)


class Late(torch.nn.Module):
    """A view taken before a tensor is written must show what was written."""

    def __init__(self):
        super().__init__()
        self.a = torch.nn.Linear(3, 6)
        self.out = torch.nn.Linear(12, 2)

    def forward(self, x):
        h = self.a(x)
        view = h.view(-1, 6)
        h.tanh_()
        return self.out(torch.cat([view, h], 1))


@pytest.mark.parametrize("build", [Viewed, Late])
def test_views_that_are_written(build):
    torch.manual_seed(1)
    model = build().double()
    x = torch.randn(4, 3, dtype=torch.float64)
    s = Symmetry.from_torch(model, (x,))
    assert s.order == 720 if build is Late else 48 % s.order == 0
    assert np.allclose(
        s.run(s.weights, [x.numpy()])[0], model(x).detach().numpy(), rtol=1e-12, atol=1e-14
    )
    assert s.prove(np.random.default_rng(0)).holds


def test_no_module():
    with pytest.raises(TypeError, match=r"torch\.nn\.Module"):
        Symmetry.from_torch("model.pt", ())


def test_a_configuration(tmp_path):
    pytest.importorskip("transformers")
    path = tmp_path / "config.json"
    path.write_text(
        json.dumps(
            {
                "model_type": "llama",
                "architectures": ["LlamaForCausalLM"],
                "hidden_size": 32,
                "intermediate_size": 24,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "num_key_value_heads": 2,
                "vocab_size": 50,
            }
        )
    )
    s = Symmetry.from_config(path)
    assert not s.gaps
    # the residual stream; hidden units, key heads, query heads of each and value dimensions
    assert dict(s.factors) == {32: 1, 24: 2, 8: 4, 2: 6}


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "config.json"), ("[]", "config.json"), ('{"model_type": "none such"}', "none such")],
)
def test_bad_configurations(tmp_path, text, message):
    pytest.importorskip("transformers")
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        Symmetry.from_config(path)
