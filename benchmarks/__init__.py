"""Precision, recall and speed on real releases. Nothing here is installed with collint."""
