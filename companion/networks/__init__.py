"""From the threshold unit to the adversarial game: the algorithms of part 3."""
