@REQ-DR-08
@clause-REL11-BP04 @clause-REL11-BP05 @clause-REL13-BP05
Feature: Losing the control plane
  The region that configures DNS and IAM can be dark on the same day. Recovery relies on data planes alone.

  Source: AWS Fault Isolation Boundaries, appendix B; AWS Well-Architected REL11-BP04

  Rule: Failover works while nothing can be configured

    Scenario: The control plane and the primary region go dark together
      Given the active-passive topology is in its steady state
      When the control plane region suffers a region outage
      And the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And DNS answers with the secondary region and stays there

    Scenario: The control plane goes dark alone
      Given the active-passive topology is in its steady state
      When the control plane region suffers a region outage for 2 min
      Then clients are without service for at most 1 s
      And DNS never leaves the primary region

  Rule: A drill notices a failover that has to configure something

    @must-fail @caught-by-recovery-time
    Scenario: The name has to be moved by hand
      Given the active-passive topology with a name that is moved by hand is in its steady state
      When the control plane region suffers a region outage
      And the primary region suffers a region outage
      And service fails over by the runbook
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 3 min   |
