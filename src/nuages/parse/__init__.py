"""From the text of a request to checked values, before any SQL. Knows no database and no principal."""
