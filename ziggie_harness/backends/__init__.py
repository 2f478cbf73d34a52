"""Where a topology can live: every module directly in this package is one backend."""
