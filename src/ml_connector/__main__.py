"""``python -m ml_connector``: the same as the executable. It holds no logic of its own."""

from __future__ import annotations

from ml_connector.cli.main import main

if __name__ == "__main__":
    main()
