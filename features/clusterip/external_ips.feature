@extended
Feature: A Service may claim addresses that lead to the nodes by other ways
  An administrator whose routers send an address to the nodes can have a Service answer it, by its
  externalIPs. Nothing in the cluster gives such addresses away or checks whose they are, which is
  why clusters may refuse them, and why they are deprecated since v1.36.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#external-ips

  Rule: What arrives at a node for such an address is handed to the Service

    @xip-01 @capability:external-ips @capability:two-nodes
    Scenario: Traffic that meets a node on its way to an external address reaches the Service
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      When a Pod on the second node connects to the first of its externalIPs
      Then Pod "pod-1" answers
