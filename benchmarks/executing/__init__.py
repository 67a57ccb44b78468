"""Runs the programs of ``fixtures/`` on real ranks and compares what happens with their labels.

``benchmarks/execute.py`` is the command. Nothing here knows the analysis: a label is a file's prefix, see
``docs/executed.md``. Only programs of this repository are run, never code that somebody asks collint to look at.
"""
