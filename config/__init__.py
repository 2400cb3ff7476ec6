"""What can be set: the models, the loader, the JSON Schema, the Slack app manifest. The lowest layer of the house."""
