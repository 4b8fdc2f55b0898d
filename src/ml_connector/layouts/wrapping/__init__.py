"""What stands around a data file: archives, encryption, side files, attachments beside it. Bytes in, bytes out."""
