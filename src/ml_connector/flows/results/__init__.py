"""What became of each approved invoice, on its way to Stampli."""
