"""From a server's protocol to the core and back, without a server."""
