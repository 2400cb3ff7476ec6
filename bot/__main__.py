"""`pilothouse`, and `python -m bot` in a checkout."""

from __future__ import annotations

from bot.cli.main import main

if __name__ == "__main__":
    main()
