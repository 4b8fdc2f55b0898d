"""What the cells of a sample say by themselves: figures, days, words of kinds."""
