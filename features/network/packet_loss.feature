@REQ-DR-71
@clause-REL11-BP01 @clause-REL12-BP04
Feature: Links that lose packets
  A lossy link is no outage: what is late still arrives, so the service stays where it is.

  Source: guide §2 Health Check Configuration, aphyr.com/posts/288-the-network-is-reliable

  Rule: Loss does not fail over

    # A health check is late once in 50 times or less, and to fail over, 7 of 8 checkers must find three in a row late.
    # A client is 2 s late to connect once in 12 times or less; 20 s would be more than six in a row, once in 10^6 times.
    @nightly
    Scenario: The links of the primary region lose a tenth of their packets
      Given the active-passive topology is in its steady state
      And failover by health check is armed
      When the links of the primary region lose a tenth of their packets for 30 s
      Then DNS never leaves the primary region
      And exactly one region accepts writes
      And clients are without service for at most 20 s

    # A check that fails takes 4 s, and the next one begins 10 s later: none of the checkers fails three times in 20 s.
    @nightly
    Scenario: A burst of loss lets nearly nothing through
      Given the active-passive topology is in its steady state
      And failover by health check is armed
      When the links of the primary region lose 19 packets of 20 for 20 s
      Then DNS never leaves the primary region
      And exactly one region accepts writes
      And clients are without service for at most 30 s

  Rule: A drill notices a failover that is too eager

    # A check gets through once in 10^4 times, and two of the eight checkers must, or the name moves: once in 10^6 times.
    @must-fail @caught-by-dns-state @nightly
    Scenario: One check that came too late is enough to fail over
      Given the active-passive topology whose health checks fail at once is in its steady state
      And failover by health check is armed
      When the links of the primary region lose 19 packets of 20 for 20 s
      Then DNS never leaves the primary region
