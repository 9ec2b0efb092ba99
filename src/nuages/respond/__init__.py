"""From rows and problems to responses. Knows no database and no rule."""
