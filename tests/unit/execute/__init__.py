"""Conditions, scopes and SQL text are taken apart without guessing."""
