"""A project-management product of the kind that `runbooks/zenamanage/` is about, small, and breakable on purpose.

`sandbox.zenamanage.standin` starts it. Nothing is imported here, so that its `artisan` starts quickly.
"""
