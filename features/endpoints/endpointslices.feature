@core
Feature: EndpointSlices say which Pods are behind a Service
  Between a Service and the nodes' rules stand EndpointSlices: lists of addresses and ports that a
  controller keeps up to date. They are an API of their own, so that whoever routes traffic, be it
  kube-proxy or an ingress controller, reads the same: where an endpoint is, which Pod it is, and
  whether it is fit to be used.

  Docs: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/

  Rule: Slices belong to their Service

    @eps-01
    Scenario: The controller marks its slices as its own and as the Service's
      Given Pod "pod-1" on the first node
      When Service "svc-1" is created
      Then its EndpointSlice has label kubernetes.io/service-name "svc-1"
      And its EndpointSlice has label endpointslice.kubernetes.io/managed-by "endpointslice-controller.k8s.io"
      And its EndpointSlice has owner "Service svc-1"

    @eps-04
    Scenario: Deleting the Service deletes its slices
      Given Pod "pod-1" on the first node
      And Service "svc-1"
      When Service "svc-1" is deleted
      Then it has no EndpointSlice

  Rule: An endpoint tells where it is and whether it may be used

    @eps-02
    Scenario Outline: An endpoint names its Pod and its place, and says whether it is fit to be used
      Given Pod "pod-1" on the first node
      When Service "svc-1" is created
      Then the endpoint of Pod "pod-1" <says one thing>
      And the endpoint of Pod "pod-1" <says another>

      Examples:
        | says one thing | says another       |
        | names its Pod  | is ready           |
        | names its node | is serving         |
        | names its zone | is not terminating |

  Rule: A port's application protocol is passed on

    @port-09
    Scenario: appProtocol is copied to the EndpointSlice and changes nothing in the routing
      Given Pod "pod-1" on the first node
      When Service "svc-with-protocol" is created
      Then its EndpointSlice has port's appProtocol "kubernetes.io/h2c"
      And a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-1"

  Rule: Slices come soon after their Service

    @cip-30
    Scenario: A new Service with ready Pods is published soon
      Given Pod "pod-1" on the first node
      When many Services like "svc-1" are created
      Then half of them have endpoints within 20 s and 99 of 100 within 50 s
