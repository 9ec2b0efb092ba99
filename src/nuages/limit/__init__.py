"""How often: declared rates to policies, requests to charges, and charges to a yes or a no that all processes share."""
