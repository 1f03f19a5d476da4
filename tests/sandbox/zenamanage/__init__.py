"""ZenaManage's stand-in itself."""
