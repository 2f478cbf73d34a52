@REQ-DR-57
@clause-REL11-BP05 @clause-REL13-BP02
Feature: Capacity of the standby
  The region that takes over carries the clients of the one that is lost, with the servers that it has.

  Source: guide §9 Cost Optimization; AWS Well-Architected REL11-BP05 "static stability"

  Rule: The standby is as large as what it replaces

    @nightly
    Scenario: The clients of the peak come to the secondary region
      Given the active-passive topology is in its steady state
      And 8 clients read back each of their own writes
      When the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |

  Rule: A drill notices a standby that is too small

    @must-fail @caught-by-recovery-time @nightly
    Scenario: The standby is kept minimal, and there is no capacity to scale up
      Given the active-passive topology whose standby is kept minimal is in its steady state
      And 8 clients read back each of their own writes
      When the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
