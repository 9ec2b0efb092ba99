"""Webhooks: signatures, addresses, and calls that go to those alone."""
