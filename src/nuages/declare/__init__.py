"""From what an author writes to a checked, frozen specification. Knows no request, no principal and no SQL."""
