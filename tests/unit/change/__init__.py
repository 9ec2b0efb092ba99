"""Text becomes checked values, or a ValueError with a sentence."""
