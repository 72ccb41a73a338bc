@core
Feature: A UDP flow follows the Pods of its Service
  UDP has no connections, but the nodes remember flows: what comes from the same address and port as
  before goes to the same Pod as before. A client that never changes its source port, as many
  resolvers and devices do, keeps its flow alive for ever. So the service proxy has to make the
  nodes forget flows whose Pod is gone; where it does not, such a client talks to nobody from then
  on, while all new clients are well.

  Docs: https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-modes

  Rule: A flow moves on when its Pod is replaced

    Background:
      Given Service "svc-1"
      And Pod "pod-1" on the first node

    @ct-01 @capability:two-nodes
    Scenario: A Pod that keeps its source port is answered by the new Pod at the ClusterIP
      Given a Pod on the second node goes on asking the ClusterIP over UDP from one source port
      When Pod "pod-1" is replaced by one with another address
      Then Pod "pod-1" answers

    @ct-02 @capability:two-nodes @capability:outside
    Scenario: A client outside that keeps its source port is answered by the new Pod at a node port
      Given a client outside the cluster goes on asking the node port of the second node over UDP from one source port
      When Pod "pod-1" is replaced by one with another address
      Then Pod "pod-1" answers

    @ct-04 @capability:two-nodes @capability:host-network
    Scenario: A process of a node that keeps its source port is answered by the new Pod
      Given a process on the second node goes on asking the ClusterIP over UDP from one source port
      When Pod "pod-1" is replaced by one with another address
      Then Pod "pod-1" answers

  Rule: A traffic policy makes no difference to that

    @ct-03
    Scenario: With the internal policy Local a flow moves on to the new Pod of its node
      Given Service "svc-local"
      And Pod "pod-1" on the first node
      And a Pod on the first node goes on asking the ClusterIP over UDP from one source port
      When Pod "pod-1" is replaced by one with another address
      Then Pod "pod-1" answers

  Rule: A flow that began in vain is served once there is a Pod

    @ct-05 @capability:two-nodes
    Scenario: A client that went on asking while no Pod was ready is answered when one is
      Given Service "svc-1"
      And Pod "pod-gated" on the first node, which is not ready
      And a Pod on the second node goes on asking the ClusterIP over UDP from one source port
      When Pod "pod-gated" becomes ready
      Then Pod "pod-gated" answers
