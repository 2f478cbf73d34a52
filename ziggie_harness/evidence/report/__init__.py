"""The report of a run: one self-contained HTML page, for whoever was not there."""
