"""The rules of Block Kit: limits, shapes, elements, blocks. Enter by `bot.sandbox.slack.blocks`."""
