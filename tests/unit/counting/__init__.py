"""Counting, in one process and over several."""
