"""The processes of a quarter, one file each, in plain loops compiled by Numba. Their order stands in sim/quarter.py."""
