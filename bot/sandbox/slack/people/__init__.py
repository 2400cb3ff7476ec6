"""What people do: they say, click, fill in, look. Each act is answered as `docs/sandbox.md` tells."""
