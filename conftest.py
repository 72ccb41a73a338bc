"""Names the plugin; it brings the fixtures, the steps and the collection of features."""

pytest_plugins = ["kubeproof.plugin"]
