"""From the shape of a read to one SQL statement with slots. Knows no HTTP and no principal."""
