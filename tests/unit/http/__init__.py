"""HTTP's own nouns, without Django."""
