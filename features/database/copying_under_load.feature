@REQ-DR-24
Feature: Copying under load
  What a busy database has acknowledged and not yet copied is lost with its region: the promise must allow for it.

  Source: guide §4 Database Replication, §1 Strategy Types (RPO)

  Rule: The recovery point holds while clients write at full speed

    Scenario: The primary database crashes behind its copy
      Given the active-passive topology is in its steady state
      And clients have made 100 writes a second for 2 s
      And replication to the secondary region has been stalled for 2 s
      When the database of the primary region crashes
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 5 s     |

  Rule: A drill notices a promise that no asynchronous copy can keep

    @must-fail @caught-by-recovery-point
    Scenario: Nothing at all may be lost, as the guide has it
      Given the active-passive topology is in its steady state
      And clients have made 100 writes a second for 1 s
      And replication to the secondary region has been stalled for 1 s
      When the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 0 s     |
