"""AWS Lambda on this machine: functions are processes of their own in their region's network namespace."""
