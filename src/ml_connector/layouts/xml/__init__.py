"""XML both ways: strict reading element by element in bounded memory, and writing."""
