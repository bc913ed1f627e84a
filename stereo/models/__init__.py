"""Learned networks."""
