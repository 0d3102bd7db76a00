"""The commands, one a module: each asks, shows the answer, and turns what went wrong into a sentence."""
