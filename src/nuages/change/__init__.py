"""From checked values to changed rows: create, replace, merge, delete. Knows no request, no JSON and no status line."""
