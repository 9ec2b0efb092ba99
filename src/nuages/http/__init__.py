"""HTTP's own nouns: Request, Response, routing, negotiation. Knows no Django and no resource."""
