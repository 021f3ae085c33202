"""Commands about futures."""
