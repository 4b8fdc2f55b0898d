"""Stand-ins for the foreign systems, reached over the wire only.

This package must not import the product, and the product must not import it, so they cannot share a mistake.
"""
