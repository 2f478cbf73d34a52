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
      And the application of the secondary region stands on the database of its own region
      And recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |

  Rule: A drill notices a name that moves back by itself

    @must-fail @caught-by-dns-state @G12
    Scenario: The returned primary is healthy, and its data is old
      Given the active-passive topology without fencing is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      Then DNS answers with the secondary region and stays there

    @must-fail @caught-by-dns-state
    Scenario: The returned primary answers health checks without being the writer
      Given the active-passive topology with a shallow health endpoint is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      Then DNS answers with the secondary region and stays there

  Rule: A drill notices a name that leads where nothing can be written

    @must-fail @caught-by-service-available @G18
    Scenario: The name is routed by latency, and one region alone has the writer
      Given the active-passive topology is in its steady state
      When latency routing takes clients from the primary region for 2 min
      Then clients are without service for at most 30 s

    @must-fail @caught-by-script-calls @G17
    Scenario: The latency records of the guide are added to its failover records
      Given the active-passive topology is in its steady state
      And the owner has added latency routing by the script as printed
      When the primary region suffers a region outage for 10 s
      Then AWS accepts every call of the script

    @must-fail @caught-by-own-database
    Scenario: Only the public name moves, and the application keeps the name of the lost database
      Given the active-passive topology whose application keeps the name of the primary's database is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      Then the application of the secondary region stands on the database of its own region
