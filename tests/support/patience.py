"""How long a test waits before it calls something hanging. Speed itself is measured in benchmarks/, never here."""

HANGING_S = 5.0
"""A thousand times what any of the waits takes, and far less than a regular expression that goes back and forth."""
