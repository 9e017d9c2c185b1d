"""The pages of actions, below `/admin/access/proposal/`."""
