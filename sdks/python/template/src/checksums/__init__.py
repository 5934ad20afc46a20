"""Checksums of files, as a service of Windlass."""
