"""A Hugging Face ``config.json``: the model on the meta device, without weights."""

from __future__ import annotations

import importlib
import json
import os
import pathlib
from typing import Any

from critcount._support import checks

__all__ = ["build"]

#: Tokens of the text that the model is read with; the group does not depend on it.
LENGTH = 8


def build(path: str | os.PathLike[str]) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """Return a module on the meta device and example arguments.

    Only the classes of the installed transformers are used; no code of the folder is run and
    nothing is downloaded.

    Raises
    ------
    ValueError
        When the file is no configuration, or its model is not known to transformers.
    ImportError
        When transformers or torch is not installed.
    """
    path = pathlib.Path(path)
    try:
        settings = json.loads(path.read_bytes())
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON file") from error
    if not isinstance(settings, dict) or not isinstance(settings.get("model_type"), str):
        raise ValueError(f"{path} is no configuration of a model: it has no model_type")
    try:
        torch, transformers = map(importlib.import_module, ("torch", "transformers"))
    except ImportError as error:
        raise ImportError(
            "a config.json needs transformers and torch: pip install transformers torch"
        ) from error
    kind = settings.pop("model_type")
    for name in ("auto_map", "transformers_version", "quantization_config"):
        settings.pop(name, None)
    try:
        config = transformers.AutoConfig.for_model(kind, **settings)
    except Exception as error:
        raise ValueError(f"{path}: transformers does not know {checks.show(kind)}") from error
    names = settings.get("architectures") or []
    wanted = getattr(transformers, str(names[0]), None) if names else None
    if not (isinstance(wanted, type) and issubclass(wanted, transformers.PreTrainedModel)):
        mapping = transformers.AutoModel._model_mapping
        wanted = mapping.get(type(config), None)
    if wanted is None:
        raise ValueError(f"{path}: transformers has no model for {checks.show(kind)}")
    with torch.device("meta"):
        model = wanted(config)
        example: dict[str, Any] = {}
        if model.main_input_name == "input_ids":
            example["input_ids"] = torch.zeros(1, LENGTH, dtype=torch.long)
            if hasattr(config, "use_cache"):
                example["use_cache"] = False
        elif model.main_input_name == "pixel_values" and hasattr(config, "image_size"):
            size = config.image_size
            size = tuple(size) if isinstance(size, list | tuple) else (size, size)
            example["pixel_values"] = torch.zeros(1, getattr(config, "num_channels", 3), *size)
        else:
            raise ValueError(
                f"{path}: a model that reads {model.main_input_name} cannot be built from its "
                f"configuration alone: give the module to Symmetry.from_torch"
            )
        if getattr(config, "is_encoder_decoder", False):
            example["decoder_input_ids"] = torch.zeros(1, LENGTH, dtype=torch.long)

    class First(torch.nn.Module):  # type: ignore[name-defined, misc]
        """The first tensor that the model returns."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, **kwargs: Any) -> Any:
            result = self.model(**kwargs)
            while not isinstance(result, torch.Tensor):
                result = next(v for v in result.to_tuple() if v is not None)
            return result

    return First(), (), example
