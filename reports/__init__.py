"""Everything after the transcript: readers of a report folder, and the pages made from it.

Nothing here computes a verdict, runs a case or reads a scenario; docs/report.md says what the folder holds.
"""
