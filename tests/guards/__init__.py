"""Each guard taken away in turn, and the tests that must turn red then: `make guards`.

A guard is a piece of the source: `table.py` names it, what stands there without it, and the tests. A run of pytest of
its own reads the source without the guard (`switch.py`), so that the product has no switch that anybody could turn.
"""
