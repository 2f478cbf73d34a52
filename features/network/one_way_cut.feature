@REQ-DR-07
@clause-REL12-BP04 @clause-NIST-CP-10 @clause-DORA-25
Feature: A one-way cut
  The primary region hears its clients and nobody hears the primary region: it must stop writing by itself.

  Source: guide §6 Failover Patterns, aphyr.com/posts/288-the-network-is-reliable

  Rule: The service fails over, and the region that nobody hears stops writing

    Scenario: Answers of the primary region vanish
      Given the active-passive topology is in its steady state
      When the primary region suffers a one-way cut
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And exactly one region accepts writes

  Rule: A drill notices a primary that goes on writing unheard

    @must-fail @caught-by-single-writer
    Scenario: Nobody fences the region that nobody hears
      Given the active-passive topology without fencing is in its steady state
      When the primary region suffers a one-way cut
      And service fails over by health check
      Then exactly one region accepts writes
