"""The command line: one file per capability; `bot.cli.main` is the index."""
