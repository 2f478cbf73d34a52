"""The parts of the backend `containers`: an engine's networks and containers in the place of this machine's own."""
