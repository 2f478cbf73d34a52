"""CloudWatch as AWS documents it: metrics by the minute, and alarms that judge them."""
