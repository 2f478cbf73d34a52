@REQ-DR-24
@clause-REL13-BP02 @clause-NIST-CP-6.2 @clause-NIST-CP-10.2
Feature: Copying under load
  What a busy database has acknowledged and not yet copied is lost with its region: the promise must allow for it.

  Source: guide §4 Database Replication, §1 Strategy Types (RPO)

  Rule: What survives is a past state, no older than promised

    @portable
    Scenario: The primary database crashes ahead of its copy
      Given the active-passive topology is in its steady state
      And clients have made 100 writes a second for 2 s
      And replication to the secondary region has been stalled for 2 s
      When the database of the primary region crashes
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 5 s     |
      And what survives of the load has no holes
      And no transfer is half applied

    Scenario: A server of one's own crashes ahead of its standby
      Given the logical-replication topology is in its steady state
      And clients have made 100 writes a second for 2 s
      And replication to the secondary region has been stalled for 2 s
      When the database of the primary region crashes
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 5 s     |
      And what survives of the load has no holes
      And no transfer is half applied

  Rule: What a majority acknowledged survives as a whole

    Scenario: The primary member's region goes dark under load
      Given the replica-set topology is in its steady state
      And clients have made 100 writes a second for 2 s
      When the primary region suffers a region outage
      And service fails over by election
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 0 s     |
      And what survives of the load has no holes
      And no transfer is half applied

  Rule: A drill notices a promise that no asynchronous copy can keep

    @must-fail @caught-by-recovery-point @G33
    Scenario: Nothing at all may be lost, as the guide has it
      Given the active-passive topology is in its steady state
      And clients have made 100 writes a second for 1 s
      And replication to the secondary region has been stalled for 1 s
      When the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 0 s     |

    @must-fail @caught-by-recovery-point @G33
    Scenario: Nothing at all may be lost with a standby of one's own
      Given the logical-replication topology is in its steady state
      And clients have made 100 writes a second for 1 s
      And replication to the secondary region has been stalled for 1 s
      When the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 0 s     |

  Rule: A drill notices that something in the middle is missing

    @must-fail @caught-by-set-full
    Scenario: A clean-up deletes here and there, and the copy repeats it
      Given the active-passive topology is in its steady state
      And clients have made 100 writes a second for 1 s
      When every second entry of the primary region is deleted
      And service fails over by a planned switch
      Then what survives of the load has no holes

  Rule: A drill notices clients that do not use transactions

    @must-fail @caught-by-whole-transfers
    Scenario: What leaves one account arrives at the other in a transaction of its own
      Given the active-passive topology is in its steady state
      And clients have transferred by halves 100 times a second for 1 s
      When the database of the primary region freezes
      And service fails over by health check
      Then no transfer is half applied

    @must-fail @caught-by-whole-transfers @nightly
    Scenario: What leaves one document arrives at the other in a transaction of its own
      Given the replica-set topology is in its steady state
      And clients have transferred by halves 100 times a second for 1 s
      When the database of the primary region freezes
      And service fails over by election
      Then no transfer is half applied
