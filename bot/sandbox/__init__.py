"""Strict stand-ins for Slack and Jenkins with real HTTP, and the browser workspace; also the peers of the tests."""
