@REQ-DR-54
@clause-REL11-BP04 @clause-REL13-BP05
Feature: The operator's way in
  Whoever moves the service gets in on the day of the disaster: by credentials that need neither a lost region nor an
  old token, in a role that may do what the plan asks for.

  Source: guide §6 Manual Failover Procedure; AWS Fault Isolation Boundaries, "Global services"; IAM user guide,
  "Manage AWS STS in an AWS Region"

  Rule: The credentials are fresh, and come from a region that is there

    @nightly
    Scenario: What was issued before has expired
      Given the active-passive topology is in its steady state
      When the credentials issued in the primary region expire
      And the primary region suffers a region outage
      And service fails over by the corrected script
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
      And the script does its work

  Rule: A drill notices an operator who does not get in

    @must-fail @caught-by-script-outcome @nightly
    Scenario: The sign-in depends on the control plane region
      Given the active-passive topology whose operator signs in at the global endpoint is in its steady state
      When the control plane region suffers a region outage
      And the primary region suffers a region outage
      And service fails over by the corrected script
      Then the script does its work

    @must-fail @caught-by-script-outcome @nightly
    Scenario: A token was fetched before, and has expired
      Given the active-passive topology whose operator keeps a token that nobody renews is in its steady state
      When the credentials issued in the primary region expire
      And the primary region suffers a region outage
      And service fails over by the corrected script
      Then the script does its work

    @must-fail @caught-by-script-outcome @nightly
    Scenario: The scripts are on a host of the region that is lost
      Given the active-passive topology whose operator keeps the scripts on a host of the primary region is in its steady state
      When the primary region suffers a region outage
      And service fails over by the corrected script
      Then the script does its work
