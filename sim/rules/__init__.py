"""The rules of a quarter, a file a process, as plain loops."""
