"""Mark the root of the project for pytest: everything else comes from the installed plugin, ziggie_harness.plugin."""
