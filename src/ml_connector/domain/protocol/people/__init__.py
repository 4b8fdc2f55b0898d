"""What people let pass, and what a later version or a cancellation makes of a bill that exists. Pure."""
