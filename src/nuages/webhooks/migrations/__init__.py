"""The tables of webhooks, as they became."""
