"""Frozen data: what is declared, what happened, what was judged. Nothing here does input or output."""
