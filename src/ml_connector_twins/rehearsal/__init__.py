"""The driver behind `ml-connector rehearse`: both twins, the product as a child process, planted cases, a score card.

Talks to the product through its command line alone and to the twins as a person would; must not import the product.
"""

from __future__ import annotations

from ml_connector_twins.rehearsal.command import main

__all__ = ["main"]
