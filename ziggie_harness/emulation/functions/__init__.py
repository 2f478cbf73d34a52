"""AWS Lambda as it is documented: what it refuses, when it tries again, and what it says of an invocation."""
