"""Several futures: decided now, replayed later, by year, counted."""
