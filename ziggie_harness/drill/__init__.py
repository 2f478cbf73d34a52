"""The order of a drill: it holds the phases; plugins hold none."""
