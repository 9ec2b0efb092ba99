"""From a password to a login and its tokens, from one refresh token to the next, and to the end of the login."""
