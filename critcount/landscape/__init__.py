"""Real networks: training, permutation points, valleys, experiments (JAX)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "channels": [
            "ChannelEnd",
            "channel_end",
            "find_channels",
            "follow_channel",
            "limit_loss",
            "minimise_limit",
        ],
        "flow": ["gradient_flow"],
        "gates": ["GatedNetwork", "limit_network"],
        "inertia": ["Inertia", "critical_subspace_inertia", "split_inertia"],
        "lines": ["CriticalLine", "along_critical_line"],
        "neurons": ["permute"],
        "permutation_points": [
            "NoCollisionError",
            "PermutationPoint",
            "permutation_point",
            "successive_permutation_points",
        ],
        "problem": ["Problem"],
        "reckoning": ["path_work", "spectrum_work"],
        "small_matrices": ["neuron_blocks"],
        "spectra": ["Spectrum", "spectrum"],
        "summary": ["CriticalSummary", "summarise"],
        "ties": ["TiedPoint", "tied_point"],
        "training": ["Training", "descend", "minimise", "train", "train_many"],
        "valleys": ["Route", "Valley", "connect", "valley"],
        "vectors": ["to_network", "to_vector"],
    },
)
