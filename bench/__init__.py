"""Benches: each prints what it measured and the machine it ran on."""
