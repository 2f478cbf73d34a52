@REQ-DR-31
@clause-REL13-BP04 @clause-SOC2-A1.2
Feature: Watching the replication of objects
  When objects are not copied any more, their owner knows it before the disaster and not after.

  Source: guide §3 Configure Replication, §8 Verify replication is working

  Rule: Somebody is told of what is not copied

    Scenario: The replication loses its permission
      Given the replicated-buckets topology is in its steady state
      When the objects of the primary region may not be copied for 1 min
      Then objects that are not copied are told within 2 min

    @must-fail @caught-by-replication-watched @G26
    Scenario: The rule has no metrics
      Given the replicated-buckets topology without metrics of the replication is in its steady state
      When the objects of the primary region may not be copied for 1 min
      Then objects that are not copied are told within 2 min

    @nightly
    Scenario: The regions cannot reach each other for longer than S3 may take
      Given the replicated-buckets topology is in its steady state
      When the primary region loses its links to the other regions for 17 min
      Then each object that waits longer than 15 min is told by events within 1 min

    @must-fail @caught-by-late-objects-told @G26 @nightly
    Scenario: The rule has no time control
      Given the replicated-buckets topology without metrics of the replication is in its steady state
      When the primary region loses its links to the other regions for 17 min
      Then each object that waits longer than 15 min is told by events within 1 min

  Rule: A verification looks at objects and not at rules

    Scenario: A canary is sent through
      Given the replicated-buckets topology is in its steady state
      When the objects of the primary region may not be copied
      And the owner verifies the replication of objects
      Then the owner is told the truth about the replication

    @must-fail @caught-by-replication-verified @G32
    Scenario: The rules are read, and they are all there
      Given the replicated-buckets topology verified by its configuration is in its steady state
      When the objects of the primary region may not be copied
      And the owner verifies the replication of objects
      Then the owner is told the truth about the replication
