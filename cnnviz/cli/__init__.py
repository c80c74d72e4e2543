"""The command line: one file a command, and the few that print."""
