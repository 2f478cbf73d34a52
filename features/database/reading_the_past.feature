@REQ-DR-25
@clause-CSF-RC.RP-05
Feature: Reading the past
  A copy may be behind, but nobody may read from it while it is: what was acknowledged is there for every later read.

  Source: guide §4 Database Replication, §6 Failover Patterns

  Rule: A copy is read once it was promoted, and then it has what it received

    Scenario: The copy had been behind before it was promoted
      Given the active-passive topology is in its steady state
      When the replica of the secondary region falls behind for 30 s
      And the primary region suffers a region outage
      And service fails over by health check
      Then no client reads the past

  Rule: A drill notices reads from a copy that is behind

    @must-fail @caught-by-stale-reads
    Scenario: Clients are sent to a copy that is behind
      Given the active-passive topology is in its steady state
      When the replica of the secondary region falls behind
      And the primary region suffers a region outage for 3 min
      And the secondary region returns
      Then no client reads the past

    @must-fail @caught-by-own-writes
    Scenario: A client does not find any more what it wrote itself
      Given the active-passive topology is in its steady state
      And 2 clients read back each of their own writes
      And replication to the secondary region has been stalled for 10 s
      When the primary region suffers a region outage
      And service fails over by health check
      Then each client finds what it wrote
