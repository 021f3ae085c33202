"""Locate: the classical location problems, with proven bounds."""
