"""Documented behaviour of AWS that no emulator has: the rules, and the data planes that act by them."""
