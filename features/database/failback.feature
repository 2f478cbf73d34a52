@REQ-DR-16
@clause-REL13-BP05 @clause-SOC2-CC7.5 @clause-NIST-CP-10 @clause-CSF-RC.RP-05 @clause-CSF-RC.RP-06 @clause-DORA-11.6
Feature: Failing back
  The old primary region takes over again with every acknowledged write, and the data has a second home again.

  Source: guide §4 Database Replication, §6 Failover Patterns

  Rule: The way back is planned, short and complete

    Scenario: The primary region returns and takes over again
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      And service fails back after a rebuild
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 5 s     |
      And the primary region serves again, and the way back costs clients at most 5 min
      And the data is without a replica for at most 1 h
      And exactly one region accepts writes

    Scenario: The secondary region goes dark before the way back
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      And the secondary region suffers a region outage for 2 min
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 5 s     |
      And exactly one region accepts writes

  Rule: A drill notices a way back that loses what was written meanwhile

    @must-fail @caught-by-recovery-point
    Scenario: The lease goes to a region that missed the failover
      Given the active-passive topology whose lease ignores what a region missed is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      And the secondary region suffers a region outage for 2 min
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 5 s     |

    @must-fail @caught-by-recovery-point @G36 @nightly
    Scenario: The rebuilt database is promoted before the writer stops
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      And service fails back by promotion first
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 5 s     |

  Rule: A drill notices that there is no way back

    @must-fail @caught-by-unprotected-time @G36
    Scenario: Nobody rebuilds what the failover left behind
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      Then the data is without a replica for at most 1 h
