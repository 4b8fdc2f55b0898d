"""The SFTP edge: one session with a pinned host key; settled listing, bounded fetch, put under a part name then rename.

It knows files and folders, nothing of what is in them; no exception and no event loop of its library leaves this room.
"""
