@core
Feature: Messages may be larger than a packet
  A network carries packets of some 1,500 bytes, and less where they travel inside others, as they
  do in most overlays. TCP cuts what is longer into segments that fit; a UDP datagram is sent in
  fragments. Where a node believes that larger packets pass than really do, or where fragments are
  lost, connections still come about and small answers still arrive. Only long ones never do.

  Docs: https://kubernetes.io/docs/reference/networking/service-protocols/

  Rule: What is too long for one packet arrives in several

    Background:
      Given Service "svc-1"
      And Pod "pod-1" on the first node

    @cip-25 @capability:two-nodes
    Scenario: Long requests reach a Pod, and long answers come back
      When a Pod on the second node exchanges messages larger than a packet with the ClusterIP
      Then Pod "pod-1" answers

    @port-07 @capability:two-nodes
    Scenario: Datagrams that are sent in fragments arrive whole, there and back
      When a Pod on the second node exchanges messages larger than a packet with the ClusterIP over UDP
      Then Pod "pod-1" answers
