"""The dialect of the files exchanged with Stampli: which feeds there are, what their rows say, which folder they lie
in.

It knows layouts and the domain; the SFTP session comes in through a small port of its own (``folders``).
"""
