@REQ-DR-58
@clause-REL13-BP03 @clause-REL13-BP05 @clause-ISO22301-8.5 @clause-NIST-CP-4 @clause-NIST-CP-10
Feature: What an operator does
  A failover can be tested while the service runs, and one that was for real is committed and protected again.

  Source: Azure Site Recovery, "Run a test failover", "About failover and failback: commit, reprotect"; AWS Well-Architected
  REL13-BP03 "Test disaster recovery implementation"; the guide has no way back and tests nothing

  Rule: A failover is tested on a copy, and nobody notices

    Scenario: The failover is tested, and everything is cleaned up
      Given the active-passive topology is in its steady state
      When the operator tests the failover
      And the operator cleans up after the test
      Then the test shows that the standby would serve
      And production notices nothing of the test
      And nothing is left of the test

    @nightly
    Scenario: The failover is tested where the application has secrets
      Given the secrets topology is in its steady state
      When the operator tests the failover
      And the operator cleans up after the test
      Then the test shows that the standby would serve
      And production notices nothing of the test
      And nothing is left of the test

    @nightly
    Scenario: The disaster comes in the middle of a test
      Given the active-passive topology is in its steady state
      When the operator tests the failover
      And the primary region suffers a region outage
      And service fails over by health check
      And the operator cleans up after the test
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And production notices nothing of the test
      And exactly one region accepts writes

  Rule: What moved stays until somebody decides

    @nightly
    Scenario: The failover is committed, and the old primary becomes the replica
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the operator commits the failover
      And the primary region returns
      And the operator reprotects the service
      Then DNS answers with the secondary region and stays there
      And the data is without a replica for at most 1 h
      And exactly one region accepts writes

    @nightly
    Scenario: Every verb in its order, there and back
      Given the active-passive topology is in its steady state
      When the operator checks readiness
      And the operator tests the failover
      And the operator cleans up after the test
      And the primary region suffers a region outage
      And service fails over by the corrected script
      And the operator commits the failover
      And the primary region returns
      And the operator reprotects the service
      And service fails back by a planned switch
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 5 s     |
      And the primary region serves again, and the way back costs clients at most 5 min
      And the data is without a replica for at most 1 h
      And nothing is left of the test
      And exactly one region accepts writes

  Rule: A drill notices a verb that is done wrong

    @must-fail @caught-by-production-undisturbed @G36
    Scenario: The failover is tested on the replica itself
      Given the active-passive topology is in its steady state
      When the operator tests the failover on the replica itself
      Then production notices nothing of the test

    @must-fail @caught-by-no-trace
    Scenario: The clean-up leaves a snapshot behind
      Given the active-passive topology is in its steady state
      When the operator tests the failover
      And the operator cleans up after the test, but for the snapshot
      Then nothing is left of the test

    @must-fail @caught-by-dns-state @G12 @nightly
    Scenario: The service is reprotected, and nobody has committed
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      And the operator reprotects the service
      Then DNS answers with the secondary region and stays there
