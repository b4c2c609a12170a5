"""Weights: the networks that a configuration stands for, and the configuration of a network."""
