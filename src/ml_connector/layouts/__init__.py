"""Bytes to records to documents by a layout, and back; pure.

``shipped`` loads a layout, ``reading`` reads a file by it, ``writer`` writes one, ``rendering`` shows what was read.
This room knows neither the domain nor where files come from.
"""
