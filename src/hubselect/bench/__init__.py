"""Benchmarks as a product: cases, phases, results that can be compared, tables and charts."""
