"""Faster ways to the same results, one a file. Each opens with when it is chosen, and why."""
