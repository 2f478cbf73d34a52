@REQ-DR-06
@clause-REL11-BP01 @clause-REL12-BP04 @clause-DORA-25
Feature: A region that flaps
  Outages that are shorter than the detection time cost their own length and nothing more: no failover, no second writer.

  Source: guide §2 Health Check Configuration

  Rule: A blip does not fail over

    Scenario: The primary region goes dark for a moment, again and again
      Given the active-passive topology is in its steady state
      And failover by health check is armed
      When the primary region goes dark 3 times for 12 s, 45 s apart
      Then DNS never leaves the primary region
      And exactly one region accepts writes
      And clients are without service for at most 20 s

  Rule: A drill notices a failover that is too eager

    @must-fail @caught-by-dns-state
    Scenario: One failed check is enough to fail over
      Given the active-passive topology whose health checks fail at once is in its steady state
      And failover by health check is armed
      When the primary region goes dark 3 times for 12 s, 45 s apart
      Then DNS never leaves the primary region
