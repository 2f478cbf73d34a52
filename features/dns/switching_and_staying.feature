@REQ-DR-03
@clause-REL11-BP02 @clause-NIST-CP-7.1 @clause-NIST-CP-7.2
Feature: DNS switches and stays switched
  The name moves once, caches follow within its time to live, and it does not move back to a region that lags behind.

  Source: guide §2 Failover Routing Policy

  Rule: The name moves to the secondary region once, and stays when the old primary returns

    Scenario: The primary region returns and the name stays
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      Then DNS answers with the secondary region and stays there
      And exactly one region accepts writes
      And recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |

  Rule: A drill notices a name that moves back by itself

    @must-fail @caught-by-dns-state
    Scenario: The returned primary answers health checks without being the writer
      Given the active-passive topology with a shallow health endpoint is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      Then DNS answers with the secondary region and stays there
