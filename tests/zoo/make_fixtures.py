"""Write the small ONNX files of tests/fixtures/models: python tests/zoo/make_fixtures.py

Needs torch, onnxscript and transformers; random weights from a fixed seed.
"""

from __future__ import annotations

import pathlib
from typing import Any

import torch
from torch import nn

HERE = pathlib.Path(__file__).parents[1] / "fixtures" / "models"


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.a = nn.Conv2d(6, 4, 3, padding=1)
        self.b = nn.Conv2d(4, 6, 3, padding=1)
        self.head = nn.Linear(6, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.norm(self.stem(x)))
        x = torch.relu(x + self.b(torch.relu(self.a(x))))
        return self.head(x.mean((2, 3)))


class Grouped(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv1d(2, 6, 1)
        self.conv = nn.Conv1d(6, 6, 3, groups=2, padding=1)
        self.norm = nn.GroupNorm(2, 6)
        self.head = nn.Linear(6 * 5, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.norm(self.conv(torch.relu(self.stem(x)))).flatten(1))


class Recurrent(nn.Module):
    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.rnn = kind(3, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.rnn(x)[0])


class Logits(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.model(ids, use_cache=False).logits


class Beside(nn.Module):
    """Layers of 4 and 3 side by side under one activation."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(3, 4), nn.Linear(3, 3)
        self.head = nn.Linear(7, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.tanh(torch.cat([self.left(x), self.right(x)], -1)))


def models() -> dict[str, tuple[nn.Module, tuple[torch.Tensor, ...]]]:
    from torchvision.models import VisionTransformer
    from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

    image = torch.randn(1, 3, 8, 8)
    ids = torch.zeros(1, 5, dtype=torch.long)
    llama = LlamaConfig(
        hidden_size=8,
        intermediate_size=6,
        num_hidden_layers=1,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=11,
        head_dim=4,
        bos_token_id=1,
        eos_token_id=2,
    )
    gpt2 = GPT2Config(
        n_embd=6, n_layer=1, n_head=2, vocab_size=11, n_positions=8, bos_token_id=1, eos_token_id=2
    )
    return {
        "mlp": (
            nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2)),
            (torch.randn(2, 3),),
        ),
        "residual": (Residual(), (image,)),
        "grouped": (Grouped(), (torch.randn(1, 2, 5),)),
        "lstm": (Recurrent(nn.LSTM), (torch.randn(3, 1, 3),)),
        "gru": (Recurrent(nn.GRU), (torch.randn(3, 1, 3),)),
        "vit": (VisionTransformer(8, 4, 1, 2, 4, 6, num_classes=3), (image,)),
        "llama": (Logits(LlamaForCausalLM(llama)), (ids,)),
        "gpt2": (Logits(GPT2LMHeadModel(gpt2)), (ids,)),
        "beside": (Beside(), (torch.randn(2, 3),)),
    }


def main() -> None:
    for name, (model, example) in models().items():
        torch.manual_seed(0)
        for p in model.parameters():
            nn.init.normal_(p, std=0.5)
        path = HERE / f"{name}.onnx"
        torch.onnx.export(
            model.eval(), example, str(path), dynamo=True, external_data=False, verbose=False
        )
        import onnx

        proto = onnx.load(str(path))
        for node in proto.graph.node:
            del node.metadata_props[:]
            node.doc_string = ""
        for value in [*proto.graph.value_info, *proto.graph.input, *proto.graph.output]:
            del value.metadata_props[:]
        del proto.metadata_props[:]
        del proto.graph.metadata_props[:]
        onnx.save(proto, str(path))
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
