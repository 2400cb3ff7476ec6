"""Slack, out and in: the only package that knows its wire, its markup and its rates."""
