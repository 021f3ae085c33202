"""When nothing fits: which statements collide, what would mend it, what gives way first."""
