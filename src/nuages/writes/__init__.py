"""From a request that changes something to its response; one transaction. Reads are the pipeline's own."""
