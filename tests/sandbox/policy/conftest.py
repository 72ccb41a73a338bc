from tests.sandbox.network.isolation import every_privilege, isolated

__all__ = ["every_privilege", "isolated"]
