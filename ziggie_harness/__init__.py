"""Disaster recovery requirements, executed: break a region for real, let failover act, judge what clients saw."""
