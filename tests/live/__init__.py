"""Real servers in processes of their own: signals, sockets, faults."""
