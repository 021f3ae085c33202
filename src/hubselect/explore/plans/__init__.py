"""Plans beside other plans: compared, replanned, planned apart, and what they rest on."""
