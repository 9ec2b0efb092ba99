"""Tests of the demo in examples/bookshop: its data, its commands, its settings and its admin."""
