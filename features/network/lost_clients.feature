@REQ-DR-26
@clause-REL11-BP01 @clause-NIST-CP-7.2
Feature: Clients lose their way to a region
  Every region is well and hears every other; only those who pay do not get through. No region notices by itself.

  Source: guide §6 Failover Patterns, §4 MongoDB Replica Set

  Rule: Somebody who asks as a client does moves the service, and nothing is lost

    Scenario: The operator moves the service as planned
      Given the active-passive topology is in its steady state
      And clients have made 100 writes a second for 1 s
      When clients lose their way to the primary region
      And service fails over by a planned switch
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 0 s     |
      And what survives of the load has no holes
      And exactly one region accepts writes

  Rule: A drill notices a watcher that does not ask as clients do

    @must-fail @caught-by-recovery-time
    Scenario: The watcher asks from the other regions only
      Given the active-passive topology is in its steady state
      When clients lose their way to the primary region
      And service fails over by health check
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
