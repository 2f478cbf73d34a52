@REQ-DR-02
@clause-REL11-BP01 @clause-REL11-BP02 @clause-REL12-BP04 @clause-NIST-CP-10.4 @clause-DORA-25
Feature: A server that hangs
  A server that accepts connections and never answers is as lost as one that is gone.

  Source: guide §2 Health Check Configuration, §6 Failover Patterns

  Rule: A frozen process is detected and replaced

    Scenario: The server of the primary region freezes
      Given the active-passive topology is in its steady state
      When the server of the primary region freezes
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And DNS answers with the secondary region and stays there

    Scenario: The frozen server comes back to life after the failover
      Given the active-passive topology is in its steady state
      When the server of the primary region freezes
      And service fails over by health check
      And the primary region returns
      Then exactly one region accepts writes

    Scenario: The database of the primary region freezes
      Given the active-passive topology is in its steady state
      When the database of the primary region freezes
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And exactly one region accepts writes

  Rule: A drill notices a health check that cannot see a hang

    @must-fail @caught-by-recovery-time
    Scenario: The health check only opens a connection
      Given the active-passive topology whose health checks only open a connection is in its steady state
      When the server of the primary region freezes
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 3 min   |

    @must-fail @caught-by-recovery-time
    Scenario: The health check does not look at the database
      Given the active-passive topology with a shallow health endpoint is in its steady state
      When the database of the primary region freezes
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 3 min   |
