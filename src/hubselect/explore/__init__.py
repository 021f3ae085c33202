"""Questions asked of several plans: what a change is worth."""
