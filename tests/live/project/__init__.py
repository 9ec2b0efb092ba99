"""The bookshop with a few slow and broken corners, for tests with real servers."""
