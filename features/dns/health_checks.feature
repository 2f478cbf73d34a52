@REQ-DR-51
@clause-REL11-BP01 @clause-REL11-BP02
Feature: Health checks that tell the truth
  A region that serves clients is called healthy and one that does not is not, or the failover decides by a fiction.

  Source: guide §2 Health Check Configuration; Route 53 Developer Guide, "How Amazon Route 53 determines whether a health check is healthy"

  Rule: Each health check tells what a client would find

    Scenario: The primary region goes dark
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      Then health checks tell what clients find
      And DNS answers with the secondary region and stays there

  Rule: A drill notices a health check that tells something else

    @must-fail @caught-by-told-health
    Scenario: The server wants to be asked by name, and the health checks ask by address
      Given the active-passive topology whose regions are checked by address alone is in its steady state
      When the primary region suffers a region outage for 1 min
      Then health checks tell what clients find

    @must-fail @caught-by-told-health @nightly
    Scenario: The firewalls keep the health checkers out
      Given the active-passive topology whose firewalls let no health checker in is in its steady state
      When the primary region suffers a region outage for 1 min
      Then health checks tell what clients find

    @must-fail @caught-by-dns-state @G20
    Scenario: The firewall of a region that serves is closed to the health checkers
      Given the active-passive topology is in its steady state
      When the firewall of the primary region keeps health checkers out for 1 min
      Then DNS never leaves the primary region

    @must-fail @caught-by-told-health @nightly
    Scenario: The health checks ask for a page that is always there
      Given the active-passive topology whose health checks ask for the start page is in its steady state
      When the database of the primary region freezes
      Then health checks tell what clients find

    @must-fail @caught-by-recovery-time @G14
    Scenario: The certificate of the standby has expired
      Given the active-passive topology is in its steady state
      And the certificate of the secondary region has been expired for 1 min
      When the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 4 min   |

    @must-fail @caught-by-recovery-time @nightly
    Scenario: The certificate of the standby has not the public name
      Given the active-passive topology whose standby's certificate lacks the public name is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 4 min   |
