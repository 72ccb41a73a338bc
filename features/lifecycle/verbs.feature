@core
Feature: The API takes the usual verbs for Services and what stands beside them
  Tools and controllers do with Services what they do with every object: they read, list and watch
  them, change them in part or as a whole, and delete one or many. Whoever may do so by their
  rights finds the same verbs for the objects that stand beside a Service, the older Endpoints
  included.

  Docs: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris

  Rule: Every verb has its effect

    @type-07
    Scenario: A Service can be listed across namespaces, patched, given a status and deleted with others
      Given Service "svc-1"
      When Service "svc-2" is created
      Then Service "svc-1" can be listed, watched, patched, given a status and deleted as a collection
      And Service "svc-2" can be read, replaced and deleted

    @eps-05 @capability:service-cidr
    Scenario Outline: What stands beside a Service can be read, listed, watched, changed and deleted
      Given Service "svc-1"
      When <kind> "<name>" is created
      Then <kind> "<name>" can be read, listed, watched, patched, replaced and deleted

      Examples:
        | kind          | name        |
        | EndpointSlice | svc-1-a     |
        | Endpoints     | svc-1       |
        | ServiceCIDR   | extra-3     |
        | IPAddress     | 2001:db8::1 |
