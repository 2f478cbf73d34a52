@REQ-DR-01
@clause-REL10-BP01 @clause-REL13-BP01 @clause-REL13-BP02 @clause-REL13-BP03 @clause-ISO27001-A.5.30
@clause-NIST-CP-2.3 @clause-NIST-CP-4.2 @clause-NIST-CP-10 @clause-DORA-11.8
Feature: Losing the primary region
  The API returns from the secondary region, and what was acknowledged is not lost.

  Source: guide §1 Strategy Types, §6 Failover Patterns

  Rule: Automated failover meets the recovery objectives

    @core @portable
    Scenario: The primary region goes dark
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And DNS answers with the secondary region and stays there
      And exactly one region accepts writes

    Scenario: The server of the primary region crashes
      Given the active-passive topology is in its steady state
      When the server of the primary region crashes
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And exactly one region accepts writes

  Rule: An operator with the runbook meets them too

    @portable
    Scenario: The operator fails over by the runbook
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by the runbook
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And exactly one region accepts writes

  Rule: A drill notices a broken failover

    @must-fail @caught-by-recovery-time
    Scenario: Nobody promotes the replica
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by DNS alone
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 3 min   |

    @must-fail @caught-by-single-writer
    Scenario: The script of the guide fences nobody
      Given the active-passive topology without fencing is in its steady state
      When the primary region suffers a region outage
      And service fails over by the script as printed
      And the primary region returns
      Then exactly one region accepts writes

    @must-fail @caught-by-recovery-point
    Scenario: Replication had stalled before the outage
      Given the active-passive topology is in its steady state
      And replication to the secondary region has been stalled for 60 s
      When the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 5 s     |
