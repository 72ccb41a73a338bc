@core
Feature: Session affinity holds through a load balancer
  With sessionAffinity ClientIP a client stays with the Pod that it was given first. Clients are
  told apart by their address as the node sees it. A balancer that hides it behind one of its own
  makes all clients look alike, and sends them all to one Pod.

  Docs: https://kubernetes.io/docs/reference/networking/virtual-ips/#session-affinity

  Rule: One client stays with one Pod

    @lb-26 @capability:vip-load-balancer @capability:outside @capability:two-nodes
    Scenario Outline: A client of the external IP stays with its Pod under either traffic policy
      Given Service "<service>" with an external IP
      And Pods "pod-1" and "pod-2" on the first node
      When a client outside the cluster connects to the external IP
      Then one Pod of the Service answers every connection

      Examples:
        | service          |
        | svc-sticky       |
        | svc-sticky-local |
