"""SNS as AWS documents it: how often a notification is tried, and what a publication may ask."""
