"""The Gherkin vocabulary: every module here is a pytest plugin, imported as ziggie_harness.steps.<module>."""
