"""Tests of the example in examples/conduit, held against the specification that it follows."""
