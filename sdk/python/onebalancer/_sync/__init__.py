# Made from _async/__init__.py by sdk/generate.py: change that file instead.
"""The synchronous half, made from the other."""
