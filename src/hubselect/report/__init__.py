"""Plans for people and other programs: text, CSV, GeoPackage."""
