"""Part 2, principles of the brain: NumPy and SciPy only, so that it loads at once."""
