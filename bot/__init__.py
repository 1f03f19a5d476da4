"""The machinery of Backstop; what people add stands in handlers, probes, actions, systems, runbooks and policies."""
