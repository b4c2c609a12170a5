"""Weights: the networks that a configuration stands for, and the configuration of a network."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "alignment": ["Alignment", "align", "barrier", "function_loss"],
        "canonical": ["CanonicalForm"],
        "classification": ["classify", "difference"],
        "files": ["read_architecture"],
        "findings": ["BlockResidual", "Change", "Classification", "ConstantNeuron"],
        "folders": ["FolderRow", "classify_folder"],
        "network": ["ACTIVATIONS", "Network"],
        "paths": ["Deviation", "NoPathError", "ZeroLossPath", "zero_loss_path"],
        "roles": ["Role"],
        "subspaces": ["AffineSubspace", "embed"],
        "tolerance_ranges": ["ToleranceRange"],
    },
)
