"""The twin of Stampli's folders: an SFTP server that behaves as OpenSSH does, and the files Stampli would put there.

Written from the documents alone; must not import the product.
"""

from __future__ import annotations

from ml_connector_twins.stampli.command import main

__all__ = ["main"]
