"""Endpoints: functions behind URLs, typed by their signatures; from a request to the call, and from there to bytes."""
