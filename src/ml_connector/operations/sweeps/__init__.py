"""What a person sees of a sweep, and says of it."""
