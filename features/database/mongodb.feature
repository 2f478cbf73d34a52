@REQ-DR-19
@clause-REL11-BP02 @clause-REL13-BP02 @clause-ISO27001-A.8.14 @clause-NIST-CP-2.3 @clause-NIST-CP-10.4
Feature: A MongoDB replica set over three regions
  The members that are left elect a primary, and what a majority acknowledged is not lost.

  Source: guide §4 MongoDB Replica Set

  Rule: A set elects by itself, and keeps its promises

    Scenario: The primary region goes dark, and comes back later
      Given the replica-set topology is in its steady state
      And 2 clients read back each of their own writes
      When the primary region suffers a region outage
      And service fails over by election
      And the primary region returns
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 3 min   |
        | RPO       | 0 s     |
      And each client finds what it wrote
      And exactly one region accepts writes
      And the writer moves at most 1 time
      And the databases admit no stranger

    Scenario: The primary region loses its links to the other regions, and clients still reach it
      Given the replica-set topology is in its steady state
      When the primary region loses its links to the other regions
      And service fails over by election
      And the primary region returns
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 0 s     |

    Scenario: The database host of the primary region fails
      Given the replica-set topology is in its steady state
      When the database host of the primary region fails
      And service fails over by election
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 1 min   |
        | RPO       | 0 s     |
      And exactly one region accepts writes
      And DNS never leaves the primary region

    Scenario: The secondary region goes dark
      Given the replica-set topology is in its steady state
      When the secondary region suffers a region outage for 1 min
      Then clients are without service for at most 15 s

  Rule: Where no majority is left, force helps a set whose default write concern is declared

    Scenario: The arbiter is lost too, and an operator forces the set
      Given the replica-set topology with its arbiter in the primary region is in its steady state
      When the primary region suffers a region outage
      And service fails over by forced reconfiguration
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 3 min   |
        | RPO       | 0 s     |

    @must-fail @caught-by-recovery-time
    Scenario: The set of the guide refuses force
      Given the replica-set topology with the guide's members and no default write concern is in its steady state
      When the primary region suffers a region outage
      And service fails over by forced reconfiguration
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 3 min   |

  Rule: A drill notices a set that cannot elect, or elects too often

    @must-fail @caught-by-writer-moves @nightly
    Scenario: The primary that comes back takes over again
      Given the replica-set topology that prefers one primary is in its steady state
      When the primary region suffers a region outage
      And service fails over by election
      And the primary region returns
      Then the writer moves at most 1 time

    @must-fail @caught-by-recovery-time
    Scenario: The arbiter is in the region that goes dark
      Given the replica-set topology with its arbiter in the primary region is in its steady state
      When the primary region suffers a region outage
      And service fails over by election
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 3 min   |

  Rule: A drill notices a set that loses what it acknowledged, or lets clients wait

    @must-fail @caught-by-recovery-point
    Scenario: One member is enough for an acknowledgement
      Given the replica-set topology whose writes are acknowledged by one member is in its steady state
      When the primary region loses its links to the other regions
      And service fails over by election
      And the primary region returns
      Then every lost write is in a rollback file
      And recovery meets its objectives
        | objective | at most |
        | RPO       | 0 s     |

    @must-fail @caught-by-rollback-files
    Scenario: One member is enough for an acknowledgement, and it does not come back
      Given the replica-set topology whose writes are acknowledged by one member is in its steady state
      When the primary region loses its links to the other regions
      And service fails over by election
      Then every lost write is in a rollback file

    @must-fail @caught-by-service-available
    Scenario: Two copies and an arbiter, and one copy is away
      Given the replica-set topology with an arbiter instead of a third copy is in its steady state
      When the secondary region suffers a region outage for 1 min
      Then clients are without service for at most 15 s

  Rule: A drill notices a set that is open to everybody

    @must-fail @caught-by-admission
    Scenario: Nobody has to prove who they are
      Given the replica-set topology without TLS and a keyfile is in its steady state
      When the secondary region suffers a region outage
      Then the databases admit no stranger
