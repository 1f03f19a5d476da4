"""The control API: what a person does and sees in the workspace, for the page and for tests."""
