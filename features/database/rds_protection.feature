@REQ-DR-18
@clause-SOC2-A1.2 @clause-ISO27001-A.5.29 @clause-ISO27001-A.8.14 @clause-NIST-CP-7 @clause-HIPAA-308.a7iiC
Feature: A managed database that stays protected
  One host, one backup or one promotion does not cost the data its second home.

  Source: guide §4 Database Replication

  Rule: A lost host is replaced within the region

    Scenario: The database host of the primary region fails
      Given the active-passive topology is in its steady state
      When the database host of the primary region fails
      Then clients are without service for at most 5 min
      And recovery meets its objectives
        | objective | at most |
        | RPO       | 0 s     |
      And exactly one region accepts writes

    @must-fail @caught-by-service-available
    Scenario: The database has no standby in another zone
      Given the active-passive topology with a database in one zone is in its steady state
      When the database host of the primary region fails
      Then clients are without service for at most 5 min

  Rule: A promoted replica is as well protected as what was lost

    Scenario: The primary region goes dark while the replica is backed up
      Given the active-passive topology is in its steady state
      And a backup of the secondary region's database has been going on for 10 s
      When the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And the database that serves has a standby, backups for 7 days and encryption

    @must-fail @caught-by-recovery-time @G34
    Scenario: The script of the guide goes on when the promotion is refused
      Given the active-passive topology is in its steady state
      And a backup of the secondary region's database has been going on for 10 s
      When the primary region suffers a region outage
      And service fails over by the script as printed
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |

    @must-fail @caught-by-database-protection
    Scenario: The replica is promoted with what RDS takes by default
      Given the active-passive topology promoted with the defaults of RDS is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      Then the database that serves has a standby, backups for 7 days and encryption

    @must-fail @caught-by-database-protection
    Scenario: The storage is not encrypted
      Given the active-passive topology without encryption is in its steady state
      When the server of the secondary region crashes
      Then the database that serves has a standby, backups for 7 days and encryption

  Rule: The lag that is told is the lag that there is

    Scenario: Nobody writes for a while, and then the replica is cut off
      Given the active-passive topology is in its steady state
      And clients have asked for nothing for 4 min
      When replication to the secondary region stalls for 3 min
      Then the lag that is told is right to 15 s

    Scenario: The plan looks at the lag, and nobody wrote before the disaster
      Given the active-passive topology is in its steady state
      And clients have asked for nothing for 6 min
      When the primary region suffers a region outage
      And service fails over by the runbook if the replica was up to date
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |

    @must-fail @caught-by-told-lag
    Scenario: The plan looks at a lag that is told by the last transaction
      Given the active-passive topology whose lag is told by the last transaction is in its steady state
      And clients have asked for nothing for 6 min
      When the primary region suffers a region outage
      And service fails over by the runbook if the replica was up to date
      Then the lag that is told is right to 15 s

  Rule: An asynchronous copy is not promised to lose nothing

    @must-fail @caught-by-recovery-point @G33
    Scenario: Nothing may be lost, and the replica was three seconds behind
      Given the active-passive topology is in its steady state
      And replication to the secondary region has been stalled for 3 s
      When the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 0 s     |
