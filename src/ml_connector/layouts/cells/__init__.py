"""The grammars of single cells that a layout declares: figures, days, parts of a cell. Pure functions, no file."""
