"""Training of depth networks."""
