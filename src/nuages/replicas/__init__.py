"""From a request to the replica that its statement may run on: one that has what whoever asks has written."""
