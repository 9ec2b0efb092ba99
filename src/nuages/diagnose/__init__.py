"""Look at the rest and say what it does: statements, plans. Looked at by none."""
