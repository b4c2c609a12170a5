"""Torch modules; runs where torch is installed."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from critcount.models import Symmetry
from critcount.models.torch_export import export
from critcount.models.torch_reader import program_of
from critcount.models.torch_trace import UntraceableError, trace

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


class Written(torch.nn.Module):
    """A layer of six units, changed by `change` before the layer that reads it."""

    def __init__(self, change):
        super().__init__()
        self.a = torch.nn.Linear(3, 6)
        self.out = torch.nn.Linear(6, 2)
        self.change = change

    def forward(self, x):
        return self.out(self.change(self.a(x)))


def half(h):
    h[:, :2].relu_()
    return h


def every_second(h):
    h[:, ::2] = h[:, ::2].tanh()
    return h


def one_zero(h):
    h[:, 1] = 0
    return h


def late(h):
    """A view taken before a tensor is written must show what was written."""
    view = h.view(-1, 6)
    h.tanh_()
    return view + h


def some_rows(h):
    y = torch.zeros(4, 6, dtype=h.dtype)
    y[:, :6] = h
    y[:2] = y[:2].relu()
    return y


@pytest.mark.parametrize(
    ("change", "order"),
    [(half, 48), (every_second, 36), (one_zero, 120), (late, 720), (some_rows, 720)],
)
def test_views_that_are_written(change, order):
    torch.manual_seed(1)
    model = Written(change).double()
    x = torch.randn(4, 3, dtype=torch.float64)
    s = Symmetry.from_torch(model, (x,))
    assert (s.order, s.gaps) == (order, ())
    assert s.prove(np.random.default_rng(0)).holds


ATTENTION = torch.nn.functional.scaled_dot_product_attention


def moments(h, pair):
    """Two numbers of four rows, beside units."""
    return torch.cat([*pair, h[:, :4]], 1)


@pytest.mark.parametrize(
    ("change", "order"),
    [
        (lambda h: ATTENTION(h.T, h.T, h.T).T, 720),
        (lambda h: ATTENTION(h.T, h.T, h.T, is_causal=True).T, 1),
        (lambda h: ATTENTION(h, h, h, is_causal=True), 720),
        (lambda h: (h + 0).fill_diagonal_(2.0), 2),
        (lambda h: torch.max(h, torch.min(h.flip(0), h * h)), 720),
        (lambda h: moments(h, torch.var_mean(h, -1, keepdim=True)), 48),
        (lambda h: moments(h, torch.aminmax(h, dim=-1, keepdim=True)), 48),
    ],
)
def test_places_and_pairs_that_differ(change, order):
    """Units at other places of a triangle or diagonal differ, and two results of one operation."""
    torch.manual_seed(2)
    x = torch.randn(4, 3, dtype=torch.float64)
    s = Symmetry.from_torch(Written(change).double(), (x,))
    assert (s.order, s.gaps) == (order, ())
    assert s.prove(np.random.default_rng(0)).holds


def nothing(h):
    return h


def on_shapes(h):
    return h.relu() if h.shape[0] == 4 else h.tanh()[:, :3]


def on_constants(h):
    return h.relu() if torch.arange(4).sum() == 6 else h.tanh()


def layers(h):
    h = torch.nn.functional.layer_norm(h.view(2, 2, 6), (6,)).flatten(0, 1)
    a, b = torch.nn.functional.softmax(h, 0).relu_().mul_(2).chunk(2, dim=0)
    return torch.cat([b, a]) * torch.ones(6)[torch.arange(6)]


@pytest.mark.parametrize("change", [nothing, on_shapes, on_constants, layers])
@pytest.mark.parametrize("read", [trace, export])
def test_both_ways_of_reading_agree(read, change):
    if read is export and change is on_constants:
        pytest.skip("torch.export asks for no value, of constants neither")
    model, x = Written(change).eval(), torch.randn(4, 3)
    assert Symmetry.of_program(program_of(read(model, (x,), {}))).order == 720


REFUSED = (UntraceableError, RuntimeError, NotImplementedError, TypeError)
READS = {
    "bool": lambda h: bool((h > 0).any()),
    "float": lambda h: float(h.sum()) > 0,
    "item": lambda h: h.sum().item() > 0,
    "list": lambda h: h.sum(1).tolist()[0] > 0,
    "numpy": lambda h: h.detach().numpy().sum() > 0,
    "in": lambda h: 3.0 in h,
    "equal": lambda h: torch.equal(h, h + 1),
    "allclose": lambda h: torch.allclose(h, h + 1),
    "nonzero": lambda h: len(torch.nonzero(h > 0)) > 3,
    "mask": lambda h: len(h[h > 0]) > 3,
    "masked_select": lambda h: len(torch.masked_select(h, h > 0)) > 3,
    "unique": lambda h: len(torch.unique(h)) > 3,
    "where": lambda h: len(torch.where(h > 0)[0]) > 3,
    "repeat_interleave": lambda h: len(torch.repeat_interleave((h[:, 0] > 0).long())) > 3,
    "bincount": lambda h: len(torch.bincount((h[:, 0] > 0).long())) > 1,
    "index": lambda h: [1, 2, 3][(h[0, 0] > 0).long()] > 1,
}


@pytest.mark.parametrize("name", READS)
def test_control_flow_on_values_is_never_read_over(name):
    """Every way to ask for a value ends the run without values; parameters as well as inputs."""
    model = Written(lambda h: h.relu() if READS[name](h) else h.tanh()).eval()
    with pytest.raises(REFUSED):
        trace(model, (torch.randn(4, 3),), {})
    shown = Written(nothing)
    shown.change = lambda h: h if READS[name](shown.a.weight) else h + 1
    with pytest.raises(REFUSED):
        trace(shown, (torch.randn(4, 3),), {})


class Chosen(torch.nn.Module):
    """Four experts of three units, the best two of them taken."""

    def __init__(self):
        super().__init__()
        self.router = torch.nn.Linear(5, 4)
        self.up = torch.nn.Parameter(torch.randn(4, 3, 5))
        self.down = torch.nn.Parameter(torch.randn(4, 2, 3))

    def forward(self, x):
        values, places = self.router(x).softmax(-1).topk(2, -1)
        gate = torch.zeros(x.shape[0], 4).scatter(1, places, values)
        h = torch.einsum("ni,eui->neu", x, self.up).tanh()
        return (gate[..., None] * torch.einsum("neu,eou->neo", h, self.down)).sum(1)


MODULES = {
    "block": (lambda: Block(True), (1, 2, 6, 6), {5: 1}),
    "heads": (lambda: torch.nn.MultiheadAttention(6, 2), (4, 1, 6), {3: 4, 2: 1}),
    "experts": (Chosen, (6, 5), {4: 1, 3: 4}),
}
BROKEN = {
    "another version": ("torch.__version__", "9.3.0+cpu"),
    "no dispatch": ("critcount.models.torch_trace.Recorder.operation", None),
    "no schema": ("critcount.models.torch_trace.OperationSchema", None),
    "no memory": ("critcount.models.torch_trace._memory", None),
    "no flags": ("critcount.models.torch_trace._as_exported", None),
    "no shapes": ("critcount.models.torch_trace._shape_rules", lambda: {"linear": lambda *_: 1}),
    "no nodes": ("critcount.models.torch_trace.Recorder.node", lambda self, tensor: None),
}


class Attended(torch.nn.Module):
    """A module of queries, keys and values, all of them the input."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x, x, x)[0]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("name", MODULES)
def test_whatever_fails_torch_export_gives_the_same_answer(name, broken, monkeypatch):
    torch.manual_seed(0)
    build, shape, factors = MODULES[name]
    model = build().eval()
    model = Attended(model) if name == "heads" else model
    x = torch.randn(*shape)
    trace(model, (x,), {})  # read without torch.export
    monkeypatch.setattr(*BROKEN[broken])
    if broken not in ("no shapes", "no nodes"):
        with pytest.raises((UntraceableError, TypeError)):
            trace(model, (x,), {})
    symmetry = Symmetry.from_torch(model, (x,))
    assert (dict(symmetry.factors), symmetry.gaps) == (factors, ())


def test_reading_leaves_the_module_untouched():
    model = Block(True).train()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    Symmetry.from_torch(model, (torch.randn(1, 2, 6, 6),))
    assert model.training
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    assert not any(p.is_meta for p in model.parameters())


def test_statistics_that_are_read_otherwise_too_stay():
    """Running means whose values decide a constant may not move."""
    model = Block(False).eval()
    model.norm.running_mean += torch.arange(5)
    inner = model.forward
    model.forward = lambda x: inner(x) * (1 + model.norm.running_mean[0])
    s = Symmetry.from_torch(model, (torch.randn(1, 2, 6, 6),))
    assert s.order == 1


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
