@REQ-DR-32
@clause-REL09-BP04 @clause-ISO27001-A.8.13 @clause-NIST-CP-9 @clause-NIST-CP-9.1 @clause-NIST-CP-9.2
@clause-HIPAA-308.a7iiA
Feature: Restoring objects
  What a slip deletes and what an attacker overwrites comes back: replication carries both on, so only versions help.

  Source: guide §3 Enable Versioning, §7 Testing and Validation

  Rule: Versions that nobody can delete bring objects back

    Scenario: The objects are deleted
      Given the replicated-buckets topology is in its steady state
      And clients have been served for 1 min
      When the objects of the primary region are deleted
      And service fails over by restoring objects from their versions
      Then recovery meets its objectives
        | objective  | at most |
        | object RPO | 0 s     |
      And clients are without their objects for at most 3 min
      And both buckets hold the same objects

    Scenario: The objects are held to ransom
      Given the replicated-buckets topology is in its steady state
      And clients have been served for 1 min
      When the objects of the primary region are held to ransom
      And service fails over by restoring objects from their versions
      Then recovery meets its objectives
        | objective  | at most |
        | object RPO | 0 s     |
      And clients are without their objects for at most 3 min

  Rule: A backup that nobody can delete brings objects back where the versions are gone, too

    @nightly
    Scenario: The attacker deletes the older versions in both regions
      Given the backed-up-buckets topology is in its steady state
      And clients have been served for 5 min
      When the objects of the primary region are held to ransom
      And service fails over by restoring objects from their backup
      Then recovery meets its objectives
        | objective  | at most |
        | object RPO | 90 s    |
      And clients are without their objects for at most 3 min

    @must-fail @caught-by-object-recovery-point @G28
    Scenario: The attacker reaches the backup, too
      Given the backed-up-buckets topology without Object Lock on its backup is in its steady state
      And clients have been served for 2 min
      When the objects of the primary region are held to ransom
      And service fails over by restoring objects from their backup
      Then recovery meets its objectives
        | objective  | at most |
        | object RPO | 90 s    |

  Rule: A drill notices that versions alone are no protection

    @must-fail @caught-by-object-recovery-point @G28
    Scenario: The attacker deletes the older versions, too
      Given the replicated-buckets topology without Object Lock is in its steady state
      And clients have been served for 1 min
      When the objects of the primary region are held to ransom
      And service fails over by restoring objects from their versions
      Then recovery meets its objectives
        | objective  | at most |
        | object RPO | 0 s     |

    @must-fail @caught-by-object-recovery-point @G28 @nightly
    Scenario: The service fails over to a bucket whose objects were deleted, too
      Given the replicated-buckets topology is in its steady state
      And clients have been served for 1 min
      When the objects of the primary region are deleted
      And service fails over by a planned switch
      Then recovery meets its objectives
        | objective  | at most |
        | object RPO | 0 s     |
