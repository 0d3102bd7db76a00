"""Plots of codes and changes; matplotlib is imported here only, and only when one is drawn."""
