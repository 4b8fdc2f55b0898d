"""Files of the exchange: picked up once, settled when everything in them came to its end."""
