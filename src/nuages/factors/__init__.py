"""Second factors: where they are kept, how one proves anew who one is, and how one gets or drops them."""
