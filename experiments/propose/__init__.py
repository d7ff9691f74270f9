"""Propose: which villages should ally with which, how, and with what money."""
