"""Write tables/models.toml, the input of the published table `models`: python tests/zoo/publish.py

Needs torch, torchvision and transformers; every model is built without weights on the meta device,
in the configuration of its paper, and nothing is downloaded. `critcount publish tables/` makes the
table of the file, and `--check` compares, without torch.
"""

from __future__ import annotations

import pathlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import torch
import transformers
from catalogue import First
from torch import nn

from critcount.models import Symmetry

TABLES = pathlib.Path(__file__).parents[2] / "tables"
Built = tuple[nn.Module, tuple[Any, ...], dict[str, Any]]


def mlp() -> Built:
    layers: list[nn.Module] = [nn.Flatten()]
    for a, b in ((784, 512), (512, 512), (512, 512)):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(512, 10)), (torch.zeros(1, 1, 28, 28),), {}


def lenet() -> Built:
    """LeNet-5 as it is taught: 6 and 16 channels, 120 and 84 units."""
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )
    return model, (torch.zeros(1, 1, 28, 28),), {}


class Subnetwork(nn.Module):
    """300 neurons under a trainable activation of 8 units that all of them share."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.out = nn.Linear(784, 300), nn.Linear(300, 10)
        self.slope, self.shift = nn.Parameter(torch.ones(8)), nn.Parameter(torch.ones(8))
        self.share = nn.Parameter(torch.ones(8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = self.layer(x.flatten(1)).unsqueeze(-1)
        return self.out((z * self.slope + self.shift).tanh() @ self.share)


class Fields(nn.Module):
    """Localised receptive fields: 32 units for each of 16 patches of 7 x 7 pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.fields = nn.Parameter(torch.ones(16, 32, 49))
        self.out = nn.Linear(16 * 32, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        patches = x.view(-1, 4, 7, 4, 7).transpose(2, 3).reshape(-1, 16, 49)
        return self.out(torch.einsum("npi,pui->npu", patches, self.fields).tanh().flatten(1))


class FixedLayer(nn.Module):
    """512 units that are not trained, and a read-out that is."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("layer", torch.ones(512, 784))
        self.out = nn.Linear(512, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out((x.flatten(1) @ self.layer.T).tanh())


def digits(kind: Callable[[], nn.Module]) -> Callable[[], Built]:
    return lambda: (kind(), (torch.zeros(1, 1, 28, 28),), {})


def vision(name: str) -> Callable[[], Built]:
    def build() -> Built:
        import torchvision

        model = torchvision.models.get_model(name, weights=None)
        return model, (torch.zeros(1, 3, 224, 224),), {}

    return build


def text(kind: str, config: str, **settings: Any) -> Callable[[], Built]:
    def build() -> Built:
        model = getattr(transformers, kind)(getattr(transformers, config)(**settings))
        ids = torch.zeros(1, 8, dtype=torch.long)
        named: dict[str, Any] = {"input_ids": ids}
        if hasattr(model.config, "use_cache"):
            named["use_cache"] = False
        if model.config.is_encoder_decoder:
            named["decoder_input_ids"] = ids
        return First(model), (), named

    return build


def whisper() -> Built:
    config = transformers.WhisperConfig(
        d_model=384,
        encoder_layers=4,
        decoder_layers=4,
        encoder_attention_heads=6,
        decoder_attention_heads=6,
        encoder_ffn_dim=1536,
        decoder_ffn_dim=1536,
    )
    model = transformers.WhisperForConditionalGeneration(config)
    return (
        First(model),
        (),
        {
            "input_features": torch.zeros(1, 80, 3000),
            "decoder_input_ids": torch.zeros(1, 8, dtype=torch.long),
            "use_cache": False,
        },
    )


def clip() -> Built:
    model = transformers.CLIPModel(transformers.CLIPConfig())
    return (
        First(model),
        (),
        {
            "input_ids": torch.zeros(1, 8, dtype=torch.long),
            "pixel_values": torch.zeros(1, 3, 224, 224),
        },
    )


LLAMA = {
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
}
MODELS: dict[str, Callable[[], Built]] = {
    "MLP 3x512": mlp,
    "LeNet-5": lenet,
    "AlexNet": vision("alexnet"),
    "VGG16": vision("vgg16"),
    "ResNet18": vision("resnet18"),
    "ResNet50": vision("resnet50"),
    "DenseNet121": vision("densenet121"),
    "MobileNetV2": vision("mobilenet_v2"),
    "EfficientNet-B0": vision("efficientnet_b0"),
    "ConvNeXt-T": vision("convnext_tiny"),
    "ViT-B/16": vision("vit_b_16"),
    "Swin-T": vision("swin_t"),
    "GPT-2": text("GPT2LMHeadModel", "GPT2Config"),
    "BERT-base": text("BertForMaskedLM", "BertConfig"),
    "T5-small": text("T5ForConditionalGeneration", "T5Config"),
    "Whisper-tiny": whisper,
    "CLIP ViT-B/32": clip,
    "Llama-3-8B": text("LlamaForCausalLM", "LlamaConfig", vocab_size=128256, **LLAMA),
    "Mixtral-8x7B": text("MixtralForCausalLM", "MixtralConfig", **LLAMA),
    "Mamba-130M": text("MambaForCausalLM", "MambaConfig", hidden_size=768, num_hidden_layers=24),
    "activation subnetwork": digits(Subnetwork),
    "localised receptive fields": digits(Fields),
    "fixed hidden layer": digits(FixedLayer),
}


def entries(names: list[str]) -> Iterator[str]:
    for name, build in MODELS.items():
        if names and name not in names:
            continue
        with torch.device("meta"):
            model, args, kwargs = build()
            start = time.perf_counter()
            symmetry = Symmetry.from_torch(model, args, kwargs)
        seconds = time.perf_counter() - start
        pairs = Counter()
        for family in symmetry.families:
            if family.duplicable:
                pairs[family.size] += family.copies
        lines = ["[[model]]", f'name = "{name}"']
        factors = [f"[{n}, {t}]" for n, t in sorted(symmetry.factors.items(), reverse=True)]
        lines.append(f"factorials = [{', '.join(factors)}]")
        lines.append(
            f"duplicable = [{', '.join(f'[{n}, {t}]' for n, t in sorted(pairs.items())[::-1])}]"
        )
        lines.append(f"families = {len(symmetry.families)}")
        lines.append(f"gaps = {len(symmetry.gaps)}")
        print(
            name,
            f"{symmetry.log10:.2f}",
            len(symmetry.gaps),
            f"{seconds:.1f} s",
            symmetry.gaps[:1],
            flush=True,
        )
        yield "\n".join(lines) + "\n"


def main() -> None:
    text_ = "\n".join(entries(sys.argv[1:]))
    if not sys.argv[1:]:
        head = "# Written by tests/zoo/publish.py: [n, how often n! occurs], [units, copies].\n\n"
        (TABLES / "models.toml").write_text(head + text_)


if __name__ == "__main__":
    main()
