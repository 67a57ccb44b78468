"""Mistakes planted into real releases, one per function, to see which of them are found."""
