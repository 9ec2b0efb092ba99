"""Changes of rows as they are committed, and the lists that follow them."""
