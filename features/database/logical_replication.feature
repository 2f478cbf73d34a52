@REQ-DR-09
@clause-REL13-BP02 @clause-REL13-BP04 @clause-SOC2-A1.2 @clause-ISO27001-A.5.29 @clause-NIST-CP-2.3
Feature: Logical replication between two servers of one's own
  The second server has what the first one acknowledged, can take its place, and is a standby until then.

  Source: guide §4 VPS PostgreSQL Replication

  Rule: The standby takes over, for good

    Scenario: The primary region goes dark after a release, and comes back later
      Given the logical-replication topology is in its steady state
      And the schema of the primary region changed 60 s ago
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And exactly one region accepts writes
      And no write is refused for its content
      And every statement of the owner's scripts is accepted
      And stray writes harm nobody

    Scenario: The database host of the primary region fails
      Given the logical-replication topology is in its steady state
      When the database host of the primary region fails
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And exactly one region accepts writes
      And no write is refused for its content

    Scenario: The primary region takes over again
      Given the logical-replication topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      And service fails back after a rebuild
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 5 s     |
      And the primary region serves again, and the way back costs clients at most 5 min
      And exactly one region accepts writes
      And both regions hold the same data

  Rule: A standby is nobody's way in, and no burden

    Scenario: The standby is cut off while the primary takes a bulk load
      Given the logical-replication topology is in its steady state
      And replication to the secondary region has been stalled for 10 s
      When the database of the primary region takes a bulk load
      Then clients are without service for at most 1 s
      And the databases keep at most 12 MB for a standby that is away
      And the databases admit no stranger
      And no password can be read in the databases
      And stray writes harm nobody

    Scenario: The standby is cut off for so long that it is given up
      Given the logical-replication topology is in its steady state
      And replication to the secondary region has been stalled for 10 s
      And the database of the primary region took an import 1 min ago
      When the database of the primary region takes a bulk load
      Then somebody is told before a standby is given up
      And the databases keep at most 12 MB for a standby that is away

  Rule: A standby has what is not replicated, too

    Scenario: A release is made while clients go on
      Given the logical-replication topology is in its steady state
      When the schema of the primary region changes
      Then clients are without service for at most 1 s
      And both regions hold the same data

  Rule: A drill notices a standby that cannot take over

    @must-fail @caught-by-statements-accepted
    Scenario: The standby has no tables
      Given the logical-replication topology whose standby has no tables yet is in its steady state
      When the database of the primary region takes a bulk load
      Then every statement of the owner's scripts is accepted

    @must-fail @caught-by-application-errors
    Scenario: The sequences stay behind
      Given the logical-replication topology that leaves the sequences behind is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      Then no write is refused for its content

    @must-fail @caught-by-recovery-point
    Scenario: A release migrates the primary alone
      Given the logical-replication topology that migrates the primary alone is in its steady state
      And the schema of the primary region changed 60 s ago
      When the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 5 s     |

    @must-fail @caught-by-recovery-time @G50
    Scenario: The script of the guide promotes a database that is not there
      Given the logical-replication topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by the script as printed
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 3 min   |

  Rule: A drill notices what a release breaks

    @must-fail @caught-by-statements-accepted
    Scenario: A release updates a table that nothing identifies
      Given the logical-replication topology with a table that nothing identifies is in its steady state
      When the schema of the primary region changes
      Then every statement of the owner's scripts is accepted

    @must-fail @caught-by-data-parity
    Scenario: A release makes a table that nobody granted
      Given the logical-replication topology that grants nothing on later tables is in its steady state
      When the schema of the primary region changes
      Then both regions hold the same data

    @must-fail @caught-by-data-parity
    Scenario: The standby has no roles
      Given the logical-replication topology without the roles on the standby is in its steady state
      When the schema of the primary region changes
      Then both regions hold the same data

  Rule: A drill notices databases that are open to what must not reach them

    @must-fail @caught-by-stray-writes
    Scenario: The standby accepts writes
      Given the logical-replication topology whose standby accepts writes is in its steady state
      When replication to the secondary region stalls
      Then stray writes harm nobody

    @must-fail @caught-by-stray-writes
    Scenario: The old primary goes on feeding the new one
      Given the logical-replication topology whose subscription outlives the failover is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      Then stray writes harm nobody

    @must-fail @caught-by-credentials
    Scenario: The password stands in the subscription
      Given the logical-replication topology with a password in the subscription is in its steady state
      When replication to the secondary region stalls
      Then no password can be read in the databases

    @must-fail @caught-by-admission
    Scenario: The databases are on the internet
      Given the logical-replication topology whose databases admit everybody is in its steady state
      When replication to the secondary region stalls
      Then the databases admit no stranger

    @must-fail @caught-by-slot-retention
    Scenario: Nothing bounds what a slot keeps
      Given the logical-replication topology without a bound for what a slot keeps is in its steady state
      And replication to the secondary region has been stalled for 10 s
      When the database of the primary region takes a bulk load
      Then the databases keep at most 12 MB for a standby that is away

    @must-fail @caught-by-slot-alarm
    Scenario: Nobody watches what a slot has left
      Given the logical-replication topology whose slots nobody watches is in its steady state
      And replication to the secondary region has been stalled for 10 s
      And the database of the primary region took an import 1 min ago
      When the database of the primary region takes a bulk load
      Then somebody is told before a standby is given up
