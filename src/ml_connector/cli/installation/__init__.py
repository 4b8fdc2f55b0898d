"""Commands about an installation as a whole, not about one connection."""
