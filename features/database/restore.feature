@REQ-DR-17
@clause-REL09-BP04 @clause-ISO27001-A.8.13 @clause-NIST-CP-9 @clause-NIST-CP-9.1 @clause-NIST-CP-9.2
@clause-CSF-RC.RP-03 @clause-HIPAA-308.a7iiA @clause-DORA-12
Feature: Restoring data
  What was deleted or spoilt comes back but for the last minute: replicas repeat every mistake, so only a backup helps.

  Source: guide §4 Database Replication, §7 Testing and Validation

  Rule: A restore brings back what a slip deleted

    Scenario: The orders are deleted
      Given the active-passive topology is in its steady state
      And clients have been served for 3 min
      When the orders of the primary region are deleted
      And service fails over by restoring to the minute before
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 2 min   |
      And exactly one region accepts writes

  Rule: A restore brings back what wrong updates spoilt

    Scenario: The orders are poisoned
      Given the active-passive topology is in its steady state
      And clients have been served for 3 min
      When the orders of the primary region are poisoned
      And service fails over by restoring to the minute before
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 2 min   |
      And exactly one region accepts writes

  Rule: A drill notices that a replica is no backup

    @must-fail @caught-by-recovery-point
    Scenario: The service fails over to a replica that deleted them too
      Given the active-passive topology is in its steady state
      And clients have been served for 3 min
      When the orders of the primary region are deleted
      And service fails over by a planned switch
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 2 min   |

    @must-fail @caught-by-recovery-point
    Scenario: The service fails over to a replica that is poisoned, too
      Given the active-passive topology is in its steady state
      And clients have been served for 3 min
      When the orders of the primary region are poisoned
      And service fails over by a planned switch
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 2 min   |
