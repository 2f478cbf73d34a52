"""EventBridge as AWS documents it: patterns of events, what AWS emits, and how an event gets to a target."""
