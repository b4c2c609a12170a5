"""Real networks: training, permutation points, valleys, experiments (JAX)."""
