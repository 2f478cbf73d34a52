"""One way to hurt per file: found by its place, with its Gherkin phrase and the proof that it bites."""
