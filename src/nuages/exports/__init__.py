"""From a whole list to a file: its rows are written while they are read, and never held all at once."""
