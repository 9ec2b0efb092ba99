"""From a statement and its values to rows, on Django's own connection; driver errors become problems by a table."""
