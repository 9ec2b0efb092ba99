"""What happened, counted by name; cheap enough to be always on. Whom it is shown to is `servers.metrics`' to say."""
