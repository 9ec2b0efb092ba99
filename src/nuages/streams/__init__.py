"""From a generator to a body without an end that anybody knows: events and lines, sent as they come."""
