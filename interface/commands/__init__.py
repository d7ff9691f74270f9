"""The subcommands of `alliances`, one a module. They are imported only when they are asked
for; see interface/cli.py."""
