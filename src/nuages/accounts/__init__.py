"""From an e-mail address to a user, from a forgotten password to another one; each by a link that is mailed."""
