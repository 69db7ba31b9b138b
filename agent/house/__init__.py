"""The built-in agent, no model needed: same tools, same guardrails."""
