"""What a drill leaves behind: the sealed bundle, and the summary that a person reads."""
