"""Tests of what a job is to its client."""
