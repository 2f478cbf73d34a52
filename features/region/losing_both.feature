@REQ-DR-05
@clause-REL12-BP04 @clause-NIST-CP-10 @clause-DORA-24 @clause-DORA-25
Feature: Losing both regions
  When nothing is left, nothing is promised but a truthful answer, and the first region that returns serves.

  Source: guide §6 Failover Patterns

  Rule: Service returns with the first region that returns

    Scenario: Both regions go dark and the primary returns first
      Given the active-passive topology is in its steady state
      When the secondary region suffers a region outage
      And the primary region suffers a region outage for 2 min
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And exactly one region accepts writes

    Scenario: Both regions go dark and the secondary returns first
      Given the active-passive topology is in its steady state
      When the secondary region suffers a region outage
      And the primary region suffers a region outage
      And the secondary region returns
      And service fails over by health check
      And the primary region returns
      Then exactly one region accepts writes

  Rule: A drill notices two regions that both believe to be the writer

    @must-fail @caught-by-single-writer
    Scenario: Both regions return and nobody was fenced
      Given the active-passive topology without fencing is in its steady state
      When the secondary region suffers a region outage
      And the primary region suffers a region outage
      And the secondary region returns
      And service fails over by health check
      And the primary region returns
      Then exactly one region accepts writes
