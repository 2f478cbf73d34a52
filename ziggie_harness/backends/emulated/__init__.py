"""The parts of the embedded backend: moto's state, our semantics, real databases."""
