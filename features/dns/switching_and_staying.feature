@REQ-DR-03
Feature: DNS switches and stays switched
  The name moves once, caches follow within its time to live, and it does not move back to a region that lags behind.

  Source: guide §2 Failover Routing Policy

  Rule: The name moves to the secondary region once

    Scenario: The primary region goes dark and stays dark
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      Then DNS answers with the secondary region and stays there

    Scenario: The primary region returns and the name stays
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      Then DNS answers with the secondary region and stays there

  Rule: A drill notices a name that moves back by itself

    @must-fail @caught-by-dns-state
    Scenario: The returned primary answers health checks without being the writer
      Given the active-passive topology with a shallow health endpoint is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      Then DNS answers with the secondary region and stays there
