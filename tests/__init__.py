"""The tests of Nuages; tests/conftest.py tells what they share."""
