"""The four permutation specifications of Git Re-Basin, as data.

Ainsworth, Hayase, Srinivasa, *Git Re-Basin: Merging Models modulo Permutation Symmetries* (2022),
section 3 and appendix: which axes are permuted together, by a name for each permutation; None for
an axis that stays. Weights are (out, in, ...), norms (channels).
"""

from __future__ import annotations

Specification = dict[str, tuple[str | None, ...]]

#: Channels of the 13 convolutions, and widths of the three dense layers on top (10 classes).
VGG16 = (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
DENSE = (512, 512, 10)
#: Stages of (blocks, channels inside a block, channels of the residual stream).
RESNET20 = ((3, 16, 16), (3, 32, 32), (3, 64, 64))
RESNET50 = ((3, 64, 256), (4, 128, 512), (6, 256, 1024), (3, 512, 2048))


def mlp() -> Specification:
    """Three hidden layers: P0, P1, P2."""
    return {
        "dense0": ("P0", None),
        "dense0.bias": ("P0",),
        "dense1": ("P1", "P0"),
        "dense1.bias": ("P1",),
        "dense2": ("P2", "P1"),
        "dense2.bias": ("P2",),
        "dense3": (None, "P2"),
        "dense3.bias": (None,),
    }


def vgg16() -> Specification:
    """A permutation for each of the 13 convolutions, with its norm, and two dense layers."""
    result: Specification = {}
    before = None
    for k in range(13):
        here = f"conv{k}"
        result[here] = (here, before, None, None)
        result[f"{here}.norm"] = (here,)
        before = here
    for k in range(3):
        here = f"dense{k}" if k < 2 else None
        result[f"dense{k}"] = (here, before)
        result[f"dense{k}.bias"] = (here,)
        before = here
    return result


def resnet(stages: tuple[tuple[int, int, int], ...], bottleneck: bool) -> Specification:
    """One permutation for the residual stream of each stage, one for each inner axis of a block.

    The stem writes into the stream of the first stage where no shortcut changes its width.
    """
    stem = "stage0" if not bottleneck else "stem"
    result: Specification = {"stem": (stem, None, None, None), "stem.norm": (stem,)}
    before = stem
    for s, (blocks, _, _) in enumerate(stages):
        stream = f"stage{s}"
        for b in range(blocks):
            name = f"stage{s}.block{b}"
            count = 3 if bottleneck else 2
            axes = [before, *(f"{name}.inner{k}" for k in range(count - 1)), stream]
            for k in range(count):
                result[f"{name}.conv{k}"] = (axes[k + 1], axes[k], None, None)
                result[f"{name}.conv{k}.norm"] = (axes[k + 1],)
            if before != stream:
                result[f"{name}.shortcut"] = (stream, before, None, None)
                result[f"{name}.shortcut.norm"] = (stream,)
            before = stream
    result["dense"] = (None, before)
    result["dense.bias"] = (None,)
    return result


def tied(specification: Specification) -> set[frozenset[tuple[str, int]]]:
    """Return for each permutation the set of (parameter, axis) that it acts on."""
    found: dict[str, set[tuple[str, int]]] = {}
    for name, axes in specification.items():
        for axis, permutation in enumerate(axes):
            if permutation is not None:
                found.setdefault(permutation, set()).add((name, axis))
    return {frozenset(s) for s in found.values()}
