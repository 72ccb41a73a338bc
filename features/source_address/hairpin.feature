@core
Feature: A Pod reaches itself through its own Service
  A Pod may use the Service that it stands behind, and chance may send it to itself. The packet
  has to come back to where it came from, which bridges and source addresses do not allow by
  themselves: where that is not taken care of, a Pod with one replica never reaches its Service,
  and one with three fails every third time.

  Docs: https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#a-pod-fails-to-reach-itself-via-the-service-ip

  Rule: Whoever connects may be the one who answers

    @hair-01
    Scenario: The only Pod of a Service reaches itself through it
      Given Service "svc-2"
      And Pod "pod-1" on the first node
      When Pod "pod-1" connects to the ClusterIP
      Then Pod "pod-1" answers

    @hair-02 @capability:two-nodes
    Scenario Outline: One of several Pods reaches them all through the Service, itself included
      Given Service "svc-2"
      And Pod "pod-1" on the first node
      And Pod "pod-2" on the second node
      When Pod "pod-1" connects to <door>
      Then every Pod of the Service answers some of the connections

      Examples:
        | door                            |
        | the ClusterIP                   |
        | the node port of the first node |
