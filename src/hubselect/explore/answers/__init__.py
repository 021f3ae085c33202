"""Answers about one plan: why, at what price, what else, against what."""
