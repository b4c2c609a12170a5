"""Models of torchvision, timm and transformers with random weights: nothing is downloaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import torch

Built = tuple[torch.nn.Module, tuple[Any, ...], dict[str, Any]]
Entry = tuple[str, str, Callable[[], Built]]


class First(torch.nn.Module):
    """The first tensor that a model returns; caches are no outputs."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        result = self.model(*args, **kwargs)
        while not isinstance(result, torch.Tensor):
            if hasattr(result, "to_tuple"):
                result = result.to_tuple()
            result = next(v for v in result if v is not None)
        return result


def torchvision_models() -> Iterator[Entry]:
    """All its classifiers, the largest last."""
    import torchvision

    def size(name: str) -> int:
        weights = torchvision.models.get_model_weights(name)
        return min(w.meta["num_params"] for w in weights)

    for name in sorted(torchvision.models.list_models(module=torchvision.models), key=size):

        def build(name: str = name) -> Built:
            size = 64
            if re.search("vit|maxvit", name):
                size = 224
            elif "inception" in name:
                size = 299
            elif re.search("alexnet|vgg|squeeze", name):
                size = 96
            extra = {"init_weights": False} if re.search("inception|googlenet", name) else {}
            model = torchvision.models.get_model(name, weights=None, **extra)
            return First(model), (torch.randn(1, 3, size, size),), {}

        yield "torchvision", name, build


SMALL = [
    "atto",
    "femto",
    "pico",
    "xxs",
    "xxtiny",
    "nano",
    "000",
    "0_5",
    "050",
    "035",
    "x_small",
    "tiny",
    "mini",
    "mobile",
    "lite",
    "_s0",
    "_b0",
    "_xs",
    "_t_",
    "18",
    "s12",
    "14t",
    "26t",
    "26",
    "small",
    "_s_",
    "34",
]
LARGE = re.compile(
    r"large|huge|giant|xlarge|_l_|_xl|_512|_448|_384|_336|_320|_288|so400m|e200|_m_|200|152|101|264"
)


#: Models taken instead of the one that comes first: a smaller image.
INSTEAD = {"samvit_base_patch16": "samvit_base_patch16_224"}


def timm_models() -> Iterator[Entry]:
    import timm

    seen: set[str] = set()
    for module in timm.list_modules():
        names = [n for n in timm.list_models(module=module) if not n.startswith("test_")]
        if not names:
            continue

        def rank(name: str) -> tuple[bool, int, int, str]:
            hits = [k for k, word in enumerate(SMALL) if word in name]
            return (bool(LARGE.search(name)), min(hits, default=99), len(name), name)

        for first in sorted(names, key=rank)[:1]:
            name = INSTEAD.get(first, first)
            if name in seen:
                continue
            seen.add(name)

            def build(name: str = name) -> Built:
                model = timm.create_model(name, pretrained=False)
                size = model.default_cfg["input_size"] if hasattr(model, "default_cfg") else None
                return First(model), (torch.randn(1, *(size or (3, 224, 224))),), {}

            yield "timm", name, build


TEXT = [
    "bert",
    "roberta",
    "albert",
    "electra",
    "distilbert",
    "deberta-v2",
    "deberta",
    "mpnet",
    "camembert",
    "xlm-roberta",
    "roformer",
    "squeezebert",
    "layoutlm",
    "mobilebert",
    "convbert",
    "nystromformer",
    "funnel",
    "fnet",
    "gpt2",
    "gpt_neo",
    "gpt_neox",
    "gptj",
    "opt",
    "bloom",
    "falcon",
    "llama",
    "mistral",
    "qwen2",
    "qwen3",
    "gemma",
    "gemma2",
    "gemma3_text",
    "phi",
    "phi3",
    "stablelm",
    "starcoder2",
    "olmo",
    "olmo2",
    "cohere",
    "persimmon",
    "codegen",
    "mpt",
    "granite",
    "mixtral",
    "qwen2_moe",
    "qwen3_moe",
    "olmoe",
    "mamba",
    "mamba2",
    "falcon_mamba",
    "rwkv",
    "gpt_bigcode",
    "biogpt",
    "ctrl",
    "helium",
    "glm",
    "glm4",
    "nemotron",
    "smollm3",
    "ernie",
    "modernbert",
    "jamba",
    "recurrent_gemma",
    "deepseek_v3",
    "ernie4_5",
    "exaone4",
    "arcee",
    "lfm2",
    "minimax",
]
SEQ2SEQ = [
    "t5",
    "mt5",
    "umt5",
    "bart",
    "mbart",
    "pegasus",
    "marian",
    "blenderbot",
]
VISION = [
    "vit",
    "deit",
    "beit",
    "swin",
    "swinv2",
    "convnext",
    "convnextv2",
    "resnet",
    "regnet",
    "mobilenet_v1",
    "mobilenet_v2",
    "efficientnet",
    "segformer",
    "poolformer",
    "levit",
    "cvt",
    "dinov2",
    "ijepa",
    "vit_msn",
    "vit_mae",
    "focalnet",
    "bit",
    "mobilevit",
    "mobilevitv2",
    "pvt",
    "pvt_v2",
    "hiera",
    "swiftformer",
    "textnet",
]
OTHER = [
    "clip",
    "whisper",
    "wav2vec2",
    "hubert",
    "siglip",
    "speech_to_text",
]

SETTINGS: dict[str, Any] = {
    "vocab_size": 96,
    "hidden_size": 32,
    "d_model": 32,
    "n_embd": 32,
    "dim": 32,
    "embedding_size": 32,
    "word_embed_proj_dim": 32,
    "emb_dim": 32,
    "num_hidden_layers": 2,
    "num_layers": 2,
    "n_layer": 2,
    "n_layers": 2,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "num_decoder_layers": 2,
    "num_attention_heads": 4,
    "n_head": 4,
    "n_heads": 4,
    "num_heads": 4,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "d_kv": 8,
    "intermediate_size": 48,
    "d_ff": 48,
    "ffn_dim": 48,
    "n_inner": 48,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "ffn_hidden_size": 48,
    "hidden_dim": 48,
    "dff": 48,
    "max_position_embeddings": 64,
    "n_positions": 64,
    "max_seq_len": 64,
    "num_local_experts": 4,
    "num_experts": 4,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 40,
    "shared_expert_intermediate_size": 40,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
    "use_cache": False,
    "rotary_dim": 4,
    "d_embed": 32,
    "attention_hidden_size": 32,
    "expand": 2,
    "state_size": 4,
    "sliding_window": 32,
}


def _transformers(kind: str) -> Built:
    import transformers
    from transformers import AutoConfig, AutoModel

    torch.manual_seed(0)
    base = AutoConfig.for_model(kind, **({"block_sizes": [1, 1]} if kind == "funnel" else {}))
    settings = {k: v for k, v in SETTINGS.items() if hasattr(base, k)}
    if kind in VISION:
        image = SIZES.get(kind, 64)
        settings = {
            k: v
            for k, v in settings.items()
            if k
            in ("num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size")
            and isinstance(getattr(base, k), int)
        }
        if hasattr(base, "image_size"):
            settings["image_size"] = [image, image] if kind == "hiera" else image
        if kind.startswith("convnext"):
            settings = {"image_size": image}
        config = AutoConfig.for_model(kind, **settings)
        model = AutoModel.from_config(config)
        return First(model), (torch.randn(1, 3, image, image),), {}
    settings = {
        k: v for k, v in settings.items() if isinstance(getattr(base, k), int | type(None))
    }
    settings.update(SPECIAL.get(kind, {}))
    for name in UNSET.get(kind, ()):
        settings.pop(name, None)
    if kind == "clip":
        text = {
            "vocab_size": 96,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "projection_dim": 16,
            "bos_token_id": 1,
            "eos_token_id": 2,
        }
        vision = {
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "image_size": 32,
            "patch_size": 16,
            "projection_dim": 16,
        }
        config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)
        model = transformers.CLIPModel(config)
        ids = torch.randint(3, 96, (2, 7))
        return First(model), (), {"input_ids": ids, "pixel_values": torch.randn(2, 3, 32, 32)}
    if kind == "siglip":
        sub = {
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
        }
        config = transformers.SiglipConfig(
            text_config={
                **sub,
                "vocab_size": 96,
                "pad_token_id": 0,
                "bos_token_id": 1,
                "eos_token_id": 2,
                "projection_size": 32,
            },
            vision_config={**sub, "image_size": 32, "patch_size": 16},
        )
        model = transformers.SiglipModel(config)
        ids = torch.randint(3, 96, (2, 7))
        return First(model), (), {"input_ids": ids, "pixel_values": torch.randn(2, 3, 32, 32)}
    config = AutoConfig.for_model(kind, **settings)
    if hasattr(config, "_attn_implementation"):
        config._attn_implementation = "eager" if kind in EAGER else config._attn_implementation
    model = AutoModel.from_config(config)
    ids = torch.randint(3, 96, (1, 9))
    if kind == "whisper":
        return (
            First(model),
            (),
            {
                "input_features": torch.randn(
                    1, config.num_mel_bins, 2 * config.max_source_positions
                ),
                "decoder_input_ids": ids,
            },
        )
    if kind == "speech_to_text":
        return (
            First(model),
            (),
            {
                "input_features": torch.randn(1, 32, config.input_feat_per_channel),
                "decoder_input_ids": ids,
            },
        )
    if kind in OTHER:
        return First(model), (torch.randn(1, 4000),), {}
    if kind in SEQ2SEQ:
        return First(model), (), {"input_ids": ids, "decoder_input_ids": ids, "use_cache": False}
    extra = {"use_cache": False} if hasattr(config, "use_cache") else {}
    return First(model), (ids,), extra


UNSET = {
    "funnel": ["num_hidden_layers", "num_layers", "n_layer", "n_layers"],
    "falcon": ["head_dim"],
}
SIZES = {"swin": 224, "convnext": 64}
EAGER: set[str] = set()
SPECIAL: dict[str, dict[str, Any]] = {
    "whisper": {"max_source_positions": 20, "max_target_positions": 32, "num_mel_bins": 8},
    "wav2vec2": {
        "conv_dim": (16, 16),
        "conv_stride": (5, 4),
        "conv_kernel": (10, 8),
        "num_feat_extract_layers": 2,
        "num_conv_pos_embeddings": 16,
        "num_conv_pos_embedding_groups": 4,
    },
    "hubert": {
        "conv_dim": (16, 16),
        "conv_stride": (5, 4),
        "conv_kernel": (10, 8),
        "num_feat_extract_layers": 2,
        "num_conv_pos_embeddings": 16,
        "num_conv_pos_embedding_groups": 4,
    },
    "gpt_neo": {"attention_types": [[["global", "local"], 1]], "num_layers": 2},
    "mamba2": {"num_heads": 8, "head_dim": 8, "n_groups": 2, "state_size": 8, "chunk_size": 8},
    "mobilebert": {
        "hidden_size": 32,
        "embedding_size": 16,
        "intra_bottleneck_size": 16,
        "num_attention_heads": 4,
        "intermediate_size": 48,
    },
    "funnel": {
        "architectures": ["FunnelModel"],
        "block_sizes": [1, 1],
        "d_head": 8,
        "d_inner": 48,
    },
    "deepseek_v3": {
        "qk_rope_head_dim": 8,
        "qk_nope_head_dim": 8,
        "v_head_dim": 8,
        "q_lora_rank": 16,
        "kv_lora_rank": 16,
        "head_dim": 8,
        "num_key_value_heads": 4,
        "n_group": 2,
        "topk_group": 1,
        "first_k_dense_replace": 1,
    },
    "jamba": {
        "attn_layer_period": 2,
        "attn_layer_offset": 1,
        "mamba_d_state": 4,
        "use_mamba_kernels": False,
    },
}


def transformers_models() -> Iterator[Entry]:
    for kind in [*TEXT, *SEQ2SEQ, *VISION, *OTHER]:
        yield "transformers", kind, lambda kind=kind: _transformers(kind)


def everything() -> Iterator[Entry]:
    """Yield source, name and builder of every model."""
    yield from transformers_models()
    yield from torchvision_models()
    yield from timm_models()
