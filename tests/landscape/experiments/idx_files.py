"""Arrays as the bytes of an idx file."""

from __future__ import annotations

import struct

import numpy as np


def idx_bytes(array):
    array = np.asarray(array, dtype=np.uint8)
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.tobytes()
