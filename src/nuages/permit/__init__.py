"""From a principal to yes, no, or a Q. Knows no SQL and no request."""
