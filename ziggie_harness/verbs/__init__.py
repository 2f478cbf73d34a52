"""One thing that an operator does to a design that lives, per file, in the words of DR people."""
