"""Kills the service at every commit and every call of a swap, and shows that nothing is lost: `manage.py crashmatrix`."""
