@REQ-DR-70
@clause-REL11-BP02 @clause-REL12-BP04 @clause-REL13-BP05 @clause-SOC2-A1.3 @clause-NIST-CP-10 @clause-CSF-RC.RP-02
Feature: The owner's function
  A function of the owner's moves the service when an event says that the primary region is lost, once and not twice.

  Source: guide §6 Automated Failover with Lambda

  Rule: The corrected function moves the service once

    Scenario: The primary region goes dark, and the event comes twice
      Given the failover-function topology is in its steady state
      When the control plane region delivers its events twice
      And the primary region suffers a region outage
      And service fails over by the function
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And the function is reached and ends what it begins
      And the service fails over exactly once
      And exactly one region accepts writes

    @nightly
    Scenario: The control plane goes dark with the primary region, so no event comes
      Given the failover-function topology is in its steady state
      When the control plane region suffers a region outage
      And the primary region suffers a region outage
      And service fails over by the function
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And the function is reached and ends what it begins
      And the service fails over exactly once

    Scenario: The primary region is back when the event comes
      Given the failover-function topology is in its steady state
      When the primary region suffers a region outage for 100 s
      Then the function is reached and ends what it begins
      And the service does not fail over
      And exactly one region accepts writes

    # A region outage, one with the control plane dark too, and an event that comes twice stand above.
    @nightly
    Scenario Outline: What breaks is not an outage of the whole region
      Given the failover-function topology is in its steady state
      When the <blow>
      And service fails over by the function
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And the function is reached and ends what it begins
      And the service fails over exactly once
      And exactly one region accepts writes

      Examples:
        | blow                                   |
        | primary region suffers a one-way cut   |
        | server of the primary region freezes   |
        | database of the primary region freezes |

    @nightly
    Scenario: RDS is asked too often, for everybody fails over on that day
      Given the failover-function topology is in its steady state
      When RDS of the secondary region throttles two calls of three
      And the primary region suffers a region outage
      And service fails over by the function
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And the function is reached and ends what it begins
      And exactly one region accepts writes

    @nightly
    Scenario: Its own region is dark too, and returns first
      Given the failover-function topology is in its steady state
      When the primary region suffers a region outage
      And the secondary region suffers a region outage for 4 min
      And service fails over by the function
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And the function is reached and ends what it begins
      And the service fails over exactly once
      And exactly one region accepts writes

    # A replica that is backed up cannot be promoted, so there is a time in which the function is at work.
    @nightly
    Scenario: The owner stops it at work, and the primary region returns
      Given the failover-function topology is in its steady state
      And failover by the function, stopped by its owner is armed
      And a backup of the secondary region's database has been going on for 10 s
      When the primary region suffers a region outage for 8 min
      Then a stop of the owner's is obeyed
      And the function is reached and ends what it begins
      And the service does not fail over
      And exactly one region accepts writes

    @nightly
    Scenario: The owner stops it at work, and lets it go on
      Given the failover-function topology is in its steady state
      And a backup of the secondary region's database has been going on for 10 s
      When the primary region suffers a region outage
      And service fails over by the function, stopped by its owner for some time
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And the function is reached and ends what it begins
      And the service fails over exactly once
      And exactly one region accepts writes

  Rule: A drill notices what the function of the guide does wrong

    @must-fail @caught-by-function-acts
    Scenario: It reads what the event of an alarm does not have
      Given the failover-function topology whose function is the guide's is in its steady state
      When the primary region suffers a region outage
      And service fails over by the function
      Then the function is reached and ends what it begins

    @must-fail @caught-by-function-acts
    Scenario: Nobody lets the rule invoke it
      Given the failover-function topology whose function does not let EventBridge in is in its steady state
      When the primary region suffers a region outage
      And service fails over by the function
      Then the function is reached and ends what it begins

    @nightly @must-fail @caught-by-function-acts
    Scenario: Its role may not do what it does
      Given the failover-function topology whose function may not promote is in its steady state
      When the primary region suffers a region outage
      And service fails over by the function
      Then the function is reached and ends what it begins

    @nightly @must-fail @caught-by-function-acts
    Scenario: A policy of the organization denies what its role allows
      Given the failover-function topology is in its steady state
      When RDS of the secondary region denies every promotion
      And the primary region suffers a region outage
      And service fails over by the function
      Then the function is reached and ends what it begins

    @must-fail @caught-by-function-acts
    Scenario: It is in the region that it replaces
      Given the failover-function topology whose function is in the primary region is in its steady state
      When the primary region suffers a region outage
      And service fails over by the function
      Then the function is reached and ends what it begins

    @must-fail @caught-by-function-acts @nightly
    Scenario: It needs Route 53's control plane on the day when that is lost too
      Given the failover-function topology whose function moves the name by Route 53's control plane is in its steady state
      When the AWS endpoints of the control plane region refuse connections
      And the primary region suffers a region outage
      And service fails over by the function
      Then the function is reached and ends what it begins

    @must-fail @caught-by-one-failover
    Scenario: It fails over at every event, and one comes twice
      Given the failover-function topology whose function fails over at every event is in its steady state
      When the control plane region delivers its events twice
      And the primary region suffers a region outage
      And service fails over by the function
      Then the service fails over exactly once

    @must-fail @caught-by-stop-obeyed @nightly
    Scenario: Its owner asks it to stop, and it goes on
      Given the failover-function topology whose function does not ask whether to stop is in its steady state
      And failover by the function, stopped by its owner is armed
      And a backup of the secondary region's database has been going on for 10 s
      When the primary region suffers a region outage for 8 min
      Then a stop of the owner's is obeyed
