"""Requests and answers: sockets, budget, sign-in, classification. Knows nothing of vendors, bills or orders."""

from __future__ import annotations
