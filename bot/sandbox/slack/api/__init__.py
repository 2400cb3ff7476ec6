"""Slack's Web API: one function per method, `(workspace, arguments) -> answer`; a `Refusal` is an error answer."""
