"""From the classes that an author registers to an API that may be served; once, at start-up."""
