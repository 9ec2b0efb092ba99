"""From credentials to a Principal. Knows no rule and no resource."""
