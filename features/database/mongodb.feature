@REQ-DR-19
Feature: A MongoDB replica set over three regions
  The members that are left elect a primary, and what a majority acknowledged is not lost.

  Source: guide §4 MongoDB Replica Set

  Rule: A set elects by itself, and keeps its promises

    Scenario: The primary region goes dark, and comes back later
      Given the replica-set topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by election
      And the primary region returns
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 3 min   |
        | RPO       | 0 s     |
      And exactly one region accepts writes
      And the databases admit no stranger
