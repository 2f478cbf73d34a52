@REQ-DR-55
@clause-REL13-BP04 @clause-REL13-BP05 @clause-SOC2-A1.2
Feature: Ready to take over
  Before anything breaks, a gate lists what would stop the recovery: permissions, credentials, a replica that lags,
  certificates, health checkers that are kept out, a witness that is away, settings that differ between the regions.

  Source: guide §7 Testing; AWS Well-Architected REL13-BP03, REL13-BP04; Application Recovery Controller, "Readiness check"

  Rule: A region that is in order is ready

    Scenario: Everything is as it was declared
      Given the alerted topology is in its steady state
      Then the secondary region is ready to take over

    @nightly
    Scenario: The gate lets a drill begin, and the disaster comes
      Given the alerted topology is in its steady state
      And the secondary region is ready to take over
      When the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |

  Rule: The gate names what would stop the recovery

    @must-fail @caught-by-region-readiness
    Scenario: The operator may not promote
      Given the active-passive topology whose operator may only look is in its steady state
      Then the secondary region is ready to take over

    @must-fail @caught-by-region-readiness
    Scenario: The operator signs in at the global endpoint
      Given the active-passive topology whose operator signs in at the global endpoint is in its steady state
      Then the secondary region is ready to take over

    @must-fail @caught-by-region-readiness
    Scenario: The scripts are on a host of the region that is to be replaced
      Given the active-passive topology whose operator keeps the scripts on a host of the primary region is in its steady state
      Then the secondary region is ready to take over

    @must-fail @caught-by-region-readiness
    Scenario: The replica lags
      Given the active-passive topology is in its steady state
      And replication to the secondary region has been stalled for 10 s
      Then the secondary region is ready to take over

    @must-fail @caught-by-region-readiness
    Scenario: The standby is smaller than what it replaces
      Given the active-passive topology whose replica is in one zone is in its steady state
      Then the secondary region is ready to take over

    @must-fail @caught-by-region-readiness
    Scenario: The standby is kept minimal, to be scaled up on the day
      Given the active-passive topology whose standby is kept minimal is in its steady state
      Then the secondary region is ready to take over

    @must-fail @caught-by-region-readiness
    Scenario: The account may run fewer servers in the region than in the other
      Given the active-passive topology whose standby has a smaller quota is in its steady state
      Then the secondary region is ready to take over

    @must-fail @caught-by-region-readiness
    Scenario: Nobody checks the health of the standby
      Given the active-passive topology without a health check of the secondary region is in its steady state
      Then the secondary region is ready to take over

    @must-fail @caught-by-region-readiness
    Scenario: The witness of the lease is away
      Given the active-passive topology is in its steady state
      And the witness region has been dark for 10 s
      Then the secondary region is ready to take over

    @must-fail @caught-by-region-readiness
    Scenario: The firewalls let no health checker in
      Given the active-passive topology whose firewalls let no health checker in is in its steady state
      Then the secondary region is ready to take over

    @must-fail @caught-by-region-readiness
    Scenario: The certificate of the standby has expired
      Given the active-passive topology is in its steady state
      And the certificate of the secondary region has been expired for 5 s
      Then the secondary region is ready to take over

    @must-fail @caught-by-region-readiness
    Scenario: The certificate of the standby has not the public name
      Given the active-passive topology whose standby's certificate lacks the public name is in its steady state
      Then the secondary region is ready to take over
