@REQ-DR-04
@clause-REL11-BP02 @clause-REL11-BP05 @clause-ISO27001-A.8.14
Feature: Losing the secondary region first
  A standby that is gone does not attract clients, and does not keep the primary from serving.

  Source: guide §2 Failover Routing Policy, AWS Well-Architected REL11-BP02

  Rule: Clients do not notice the loss of the standby

    Scenario: The secondary region goes dark
      Given the active-passive topology is in its steady state
      When the secondary region suffers a region outage for 3 min
      Then DNS never leaves the primary region
      And clients are without service for at most 1 s
      And exactly one region accepts writes

  Rule: A name never points at a standby that was down first

    Scenario: The primary region fails while the secondary region is dark
      Given the active-passive topology is in its steady state
      And the secondary region has been dark for 3 min
      When the primary region suffers a region outage for 3 min
      Then DNS never leaves the primary region
      And clients are without service for at most 4 min

    @must-fail @caught-by-dns-state
    Scenario: Nobody checks the health of the secondary region
      Given the active-passive topology without a health check of the secondary region is in its steady state
      And the secondary region has been dark for 3 min
      When the primary region suffers a region outage for 3 min
      Then DNS never leaves the primary region
