@REQ-DR-50
@clause-REL13-BP05 @clause-SOC2-A1.3 @clause-ISO22301-8.4 @clause-ISO22301-8.5 @clause-NIST-CP-2 @clause-NIST-CP-4
@clause-CSF-RC.RP-01 @clause-CSF-RC.RP-02 @clause-HIPAA-308.a7iiB @clause-HIPAA-308.a7iiD @clause-FFIEC-D5.IR.Pl.B.6
Feature: The owner's script
  The script that a person on call would run moves the service, stops at what goes wrong, and says nothing untrue.

  Source: guide §6 Manual Failover Procedure

  Rule: The corrected script keeps what it claims

    Scenario: The primary region goes dark
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by the corrected script
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And what the script claims is true
      And AWS accepts every call of the script
      And the script does not hide what it was refused
      And exactly one region accepts writes

    Scenario: The control plane goes dark with the primary region
      Given the active-passive topology is in its steady state
      When the control plane region suffers a region outage
      And the primary region suffers a region outage
      And service fails over by the corrected script
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
      And what the script claims is true

    @nightly
    Scenario: The operator aborts half-way and runs it again
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by the corrected script, aborted half-way and run again
      Then recovery meets its objectives
        | objective | at most |
        | RTO       | 15 min  |
        | RPO       | 5 s     |
      And what the script claims is true
      And a stop of the owner's is obeyed
      And exactly one region accepts writes

    @nightly
    Scenario: The service moves back by the script
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      And the primary region returns
      And service fails back by the script
      Then recovery meets its objectives
        | objective | at most |
        | RPO       | 5 s     |
      And the primary region serves again, and the way back costs clients at most 10 min
      And what the script claims is true
      And exactly one region accepts writes

  Rule: A drill notices what the script of the guide does wrong

    @must-fail @caught-by-script-calls @G01
    Scenario: It puts a simple record beside failover records
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by the script as printed
      Then AWS accepts every call of the script

    @must-fail @caught-by-script-refusals @G09
    Scenario: It goes on after an error
      Given the active-passive topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by the script as printed
      Then the script does not hide what it was refused

    @must-fail @caught-by-script-claims @G10
    Scenario: It claims success before the replica is promoted
      Given the active-passive topology with a name that is moved by hand is in its steady state
      When the primary region suffers a region outage
      And service fails over by the script as printed
      Then what the script claims is true

    @must-fail @caught-by-stop-obeyed @nightly
    Scenario: The operator aborts it, and it goes on
      Given the active-passive topology whose script is deaf to an abort is in its steady state
      When the primary region suffers a region outage
      And service fails over by the corrected script, aborted half-way and run again
      Then a stop of the owner's is obeyed
