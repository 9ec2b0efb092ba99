"""What a browser's pages need to log in and out with a session."""
