"""The claims of the two papers, each tested: `critcount verify`."""
