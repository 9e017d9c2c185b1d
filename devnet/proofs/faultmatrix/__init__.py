"""Lets every call to a node fail in every way while a swap runs, and shows that nothing is doubled: `manage.py faultmatrix`."""
