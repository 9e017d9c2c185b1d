"""The types of what clients read and write: the session document, its parts, rescue, requests. No behaviour."""
