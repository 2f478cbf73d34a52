@REQ-DR-40
@clause-REL11-BP06
Feature: Somebody is told
  An outage is known to somebody outside the dark region within minutes, whatever became of what was inside.

  Source: guide §6 Failover Patterns, EventBridge Rule; AWS Well-Architected REL11-BP06

  Rule: An alarm outside the dark region tells people outside it

    Scenario: The primary region goes dark
      Given the alerted topology is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      Then somebody outside the primary region is told within 8 min

    Scenario: CloudWatch goes blind before the primary region goes dark
      Given the alerted topology is in its steady state
      When the alarms of the control plane region go blind
      And the primary region suffers a region outage
      And service fails over by health check
      Then somebody outside the primary region is told within 8 min

    Scenario: Events are lost while the primary region is dark
      Given the alerted topology is in its steady state
      When the control plane region loses its events
      And the primary region suffers a region outage
      And service fails over by health check
      Then somebody outside the primary region is told within 8 min

  Rule: A drill notices alerts that nobody can hear

    @must-fail @caught-by-alert-delivered @G03
    Scenario: The rule of the guide waits for an event that AWS does not emit
      Given the alerted topology with the rule of the guide alone is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      Then somebody outside the primary region is told within 8 min

    @must-fail @caught-by-alert-delivered @G06
    Scenario: The topic is in the region that goes dark
      Given the alerted topology that raises its alerts in the primary region is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      Then somebody outside the primary region is told within 8 min

    @must-fail @caught-by-alert-delivered @G08
    Scenario: The alarm is where the metrics of health checks never arrive
      Given the alerted topology whose alarm is in the primary region is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      Then somebody outside the primary region is told within 8 min

    @must-fail @caught-by-alert-delivered @G03
    Scenario: The only way is an event, and events are late
      Given the alerted topology that tells by event alone is in its steady state
      When the control plane region delivers its events late
      And the primary region suffers a region outage
      And service fails over by health check
      Then somebody outside the primary region is told within 8 min

    @must-fail @caught-by-alert-delivered @G05
    Scenario: The topic does not let the rule in
      Given the alerted topology whose topic does not let EventBridge in is in its steady state
      When the primary region suffers a region outage
      And service fails over by health check
      Then somebody outside the primary region is told within 8 min
