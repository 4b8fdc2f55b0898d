"""The keys of a layout: tables of its TOML text to values. Part of `layout_file`; reads no file."""
