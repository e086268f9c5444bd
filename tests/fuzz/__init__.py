"""Inputs that nobody thought of: seeds of our own making, mutated, for all that strangers and administrators send.

Each target (`letter`, `rules`, `door`) is a function of octets that raises when a promise is broken. `make test` tries
every seed and some mutants of a fixed seed; `make fuzz MINUTES=…` goes on with others. An input that fails is written
to a file; once mended, a small one stays in `corpus` under a name that says what it broke.
"""
