@REQ-DR-41
@clause-REL13-BP04 @clause-ISO27001-A.5.29 @clause-NIST-CP-7.4
Feature: Secrets in both regions
  The application gets its secrets while a region or its API is lost, and they can be changed where the service is.

  Source: guide §5 Secrets Manager Replication

  Rule: The application gets its secrets, whatever its region's API does

    @portable
    Scenario: The primary region goes dark, and the secrets are rotated in the secondary region
      Given the secrets topology is in its steady state
      And the application of the primary region has read its secrets
      When the primary region suffers a region outage
      And service fails over by health check
      And the application of the secondary region asks for its secrets
      And the secrets are rotated in the secondary region
      And the application of the secondary region asks for its secrets
      And the primary region returns
      And the secrets of the secondary region are replicated to the other region again
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And the application gets its secrets within 10 s
      And the secrets can be rotated
      And both regions hold the same secrets

    Scenario Outline: The API of the primary region is in trouble, and is well again
      Given the secrets topology is in its steady state
      When <trouble>
      And the application of the primary region asks for its secrets
      And the primary region returns
      And the application of the primary region asks for its secrets
      Then the application gets its secrets within 10 s
      And the application reads in its own region again

      Examples:
        | trouble                                                    |
        | the AWS endpoints of the primary region refuse connections |
        | Secrets Manager of the primary region never answers        |
        | Secrets Manager of the primary region answers late         |
        | Secrets Manager of the primary region throttles            |

    Scenario: The application is denied its secrets, and says so
      Given the secrets topology is in its steady state
      When Secrets Manager of the primary region denies everybody
      And the application of the primary region asks for its secrets
      Then a refusal is told to the application

    Scenario: A secret is rotated while the regions cannot reach each other
      Given the secrets topology is in its steady state
      When the primary region loses its links to the other regions
      And the secrets are rotated in the primary region
      And the primary region returns
      Then both regions hold the same secrets
      And the owners see that every secret is replicated

  Rule: A drill notices a client that does not read

    @must-fail @caught-by-secret-availability @G57
    Scenario: The client of the guide lacks an import
      Given the secrets topology with the secret client as printed is in its steady state
      When Secrets Manager of the primary region throttles
      And the application of the primary region asks for its secrets
      Then the application gets its secrets within 10 s

    @must-fail @caught-by-secret-availability @G58
    Scenario: The client of the guide takes a refused connection for no reason to go elsewhere
      Given the secrets topology with the secret client as printed and the import that it lacks is in its steady state
      When the AWS endpoints of the primary region refuse connections
      And the application of the primary region asks for its secrets
      Then the application gets its secrets within 10 s

    @must-fail @caught-by-secret-availability @G59
    Scenario: The client of the guide waits for a dark region for minutes
      Given the secrets topology with the secret client as printed and the import that it lacks is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the application of the secondary region asks for its secrets
      Then the application gets its secrets within 10 s

    @must-fail @caught-by-secret-mistakes @G60
    Scenario: The client of the guide hides that it is denied
      Given the secrets topology with the secret client as printed and the import that it lacks is in its steady state
      When Secrets Manager of the primary region denies everybody
      And the application of the primary region asks for its secrets
      Then a refusal is told to the application

    @must-fail @caught-by-secret-home @G60
    Scenario: The client of the guide reads in the primary region wherever it runs
      Given the secrets topology with the secret client as printed and the import that it lacks is in its steady state
      When Secrets Manager of the secondary region throttles
      And the secondary region returns
      And the application of the secondary region asks for its secrets
      Then the application reads in its own region again

    @must-fail @caught-by-secret-availability @G64
    Scenario: The application may read in one region alone
      Given the secrets topology whose application may read in the primary region alone is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the application of the secondary region asks for its secrets
      Then the application gets its secrets within 10 s

  Rule: A drill notices secrets that are not there, or cannot be changed

    @must-fail @caught-by-secret-rotation @G61
    Scenario: The replica is never promoted
      Given the secrets topology whose secrets stay replicas is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the secrets are rotated in the secondary region
      Then the secrets can be rotated

    @must-fail @caught-by-secret-replication @G62
    Scenario: The owners look for replicas by a filter that does not exist
      Given the secrets topology whose secrets are listed by replication status is in its steady state
      When Secrets Manager of the secondary region throttles
      Then the owners see that every secret is replicated

    @must-fail @caught-by-secret-replication @G63
    Scenario: Another secret has the name already
      Given the secrets topology with another secret of the same name in the secondary region is in its steady state
      When Secrets Manager of the secondary region throttles
      Then the owners see that every secret is replicated

    @must-fail @caught-by-secret-replication @G64
    Scenario: The key of the replica may not be used
      Given the secrets topology whose replicas have a key that nobody may use is in its steady state
      When Secrets Manager of the secondary region throttles
      Then the owners see that every secret is replicated

    @must-fail @caught-by-secret-parity @G61
    Scenario: Nobody replicates the secrets again
      Given the secrets topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the secrets are rotated in the secondary region
      And the primary region returns
      Then both regions hold the same secrets
