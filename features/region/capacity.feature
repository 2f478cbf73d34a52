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

    @nightly
    Scenario: There are no more servers, and the standby needs none
      Given the active-passive topology is in its steady state
      And 8 clients read back each of their own writes
      When EC2 of the secondary region has no more servers to give
      And the primary region suffers a region outage
      And service fails over by the corrected script
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 6 min   |

  Rule: A drill notices a standby that is too small

    @must-fail @caught-by-recovery-time @nightly
    Scenario: The standby is kept minimal, and nobody scales it up
      Given the active-passive topology whose standby is kept minimal is in its steady state
      And 8 clients read back each of their own writes
      When the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |

    @must-fail @caught-by-recovery-time @nightly
    Scenario: The script scales up, and EC2 has no more servers
      Given the active-passive topology whose standby is scaled up on the day is in its steady state
      And 8 clients read back each of their own writes
      When EC2 of the secondary region has no more servers to give
      And the primary region suffers a region outage
      And service fails over by the corrected script
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 6 min   |

    @must-fail @caught-by-recovery-time @nightly
    Scenario: The script scales up, and the quota of the region does not allow it
      Given the active-passive topology whose standby is scaled up on the day, beyond its quota is in its steady state
      And 8 clients read back each of their own writes
      When the primary region suffers a region outage
      And service fails over by the corrected script
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 6 min   |

  Rule: What fails is the bet, not the scaling

    @nightly
    Scenario: The script scales up, and EC2 has the servers
      Given the active-passive topology whose standby is scaled up on the day is in its steady state
      And 8 clients read back each of their own writes
      When the primary region suffers a region outage
      And service fails over by the corrected script
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 6 min   |
