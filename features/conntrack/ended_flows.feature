@core
Feature: A UDP flow ends when its Service has nothing for it any more
  New flows are decided by the rules of the moment, old ones by what the nodes remember. When a Pod
  leaves its Service, when a port leads elsewhere or when the Service is deleted, no flow may go on
  to where no new one would go. A client that keeps its source port shows whether that is so.

  Docs: https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-modes

  Rule: What no new flow reaches, no old flow reaches either

    Background:
      Given Services "svc-other" and "svc-1"
      And Pod "pod-1" on the first node
      And a Pod on the second node goes on asking the ClusterIP over UDP from one source port
      And a Pod on the second node is answered at the ClusterIP of Service "svc-other" over UDP

    @ct-06 @capability:two-nodes
    Scenario: A flow does not stay at the targetPort that its Service had before
      When its targetPort is changed to "8089"
      Then no connection is answered

    @ct-07 @capability:two-nodes @provisional @slow
    Scenario: A flow does not stay with the last Pod after it has left the Service
      When label "app=pod" is taken off from Pod "pod-1"
      Then no connection is answered

    @ct-10 @capability:two-nodes @provisional @slow
    Scenario: A flow does not outlive the Service
      When Service "svc-1" is deleted
      Then no connection is answered
