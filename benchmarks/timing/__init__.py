"""How long collint takes, beside other tools. The command is :mod:`benchmarks.speed`."""
