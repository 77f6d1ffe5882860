"""Measurements run by hand (`make bench`): each writes its figures with machine and commit to `figures/`."""
