@REQ-DR-56
@clause-REL13-BP05 @clause-NIST-CP-10 @clause-SOC2-A1.3
Feature: The whole matrix
  However the primary region is lost, and whoever starts it, the corrected way out ends with one region that writes.

  Source: guide §6 Failover Patterns

  Rule: The corrected script moves the service, whatever it is that breaks

    # A region outage, one with the control plane dark too, and a run that is aborted stand in the_owners_script.feature.
    @nightly
    Scenario Outline: What breaks is not an outage of the whole region
      Given the active-passive topology is in its steady state
      When the <blow>
      And service fails over by the corrected script
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And the script does its work
      And what the script claims is true
      And exactly one region accepts writes

      Examples:
        | blow                                   |
        | primary region suffers a one-way cut   |
        | server of the primary region freezes   |
        | database of the primary region freezes |

    @nightly
    Scenario: RDS is asked too often, for everybody fails over on that day
      Given the active-passive topology is in its steady state
      When RDS of the secondary region throttles two calls of three
      And the primary region suffers a region outage
      And service fails over by the corrected script
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And the script does its work
      And exactly one region accepts writes

    @nightly
    Scenario: Two operators start it at the same time
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by the corrected script, started by two operators
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And the script does its work
      And what the script claims is true
      And exactly one region accepts writes

    @nightly
    Scenario: The operators tell a topic, and the old primary returns
      Given the alerted topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by the corrected script
      And the primary region returns
      Then the script does its work
      And AWS accepts every call of the script
      And exactly one region accepts writes
