@REQ-DR-30
@clause-REL10-BP01 @clause-SOC2-A1.2 @clause-ISO27001-A.8.14 @clause-NIST-CP-6.1 @clause-NIST-CP-6.2
@clause-NIST-CP-6.3
Feature: Objects in two regions
  What clients stored is in both regions, whichever of them took it, and clients go on storing when one is lost.

  Source: guide §3 S3 Cross-Region Replication

  Rule: A lost region takes hardly an object with it

    @portable
    Scenario: The primary region goes dark
      Given the replicated-buckets topology is in its steady state
      And clients have been served for 1 min
      When the primary region suffers a region outage
      And service fails over by health check
      Then recovery meets its objectives
        | objective  | at most |
        | RTO        | 15 min  |
        | RPO        | 5 s     |
        | object RPO | 15 s    |
      And clients are without their objects for at most 2 min

    @must-fail @caught-by-object-service @G31
    Scenario: Clients know one bucket alone
      Given the replicated-buckets topology with a fixed bucket is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      Then clients are without their objects for at most 2 min

  Rule: After the return both buckets hold everything

    Scenario: The primary region returns
      Given the replicated-buckets topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      Then both buckets hold the same objects
      And both buckets have the same settings

    @must-fail @caught-by-object-parity @G27
    Scenario: What the secondary region took is not copied back
      Given the replicated-buckets topology that copies objects one way is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      Then both buckets hold the same objects

    @portable @must-fail @caught-by-object-parity @G25
    Scenario: What was there before the rule is not copied
      Given the replicated-buckets topology whose rule leaves out what is older is in its steady state
      When the server of the secondary region crashes
      Then both buckets hold the same objects

    @must-fail @caught-by-object-parity @G29
    Scenario: What is encrypted with a KMS key is not copied
      Given the replicated-buckets topology with KMS keys that its rule does not select is in its steady state
      When the server of the secondary region crashes
      Then both buckets hold the same objects

    @must-fail @caught-by-bucket-settings @G30
    Scenario: Lifecycle, CORS and policy were made in one region
      Given the replicated-buckets topology with bucket settings in one region is in its steady state
      When the server of the secondary region crashes
      Then both buckets have the same settings
