"""Alerting in the embedded AWS: EventBridge, CloudWatch's alarms and SNS on the drill's clock, and who is told."""
